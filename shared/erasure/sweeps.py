"""Looking through what a service keeps of the past for members who were erased, a part at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, select, update

from shared.db import Sessions
from shared.erasure.places import sweep_deferred, sweep_outbox
from shared.erasure.redaction import Person
from shared.erasure.tables import DEFERRED, OUTBOX, erasure_sweeps
from shared.worker import Timer

Position = Sequence[int]
Sweep = Callable[[Connection, Person, Position], Position | None]
"""Take a person out of the next part of a place, behind this position; returns the new one, None at the end. The very
one that was given says that it has to wait."""
Things = Callable[[Connection, UUID], Iterable[UUID]]
"""The ids of what is a member's, such as loans."""

# Events that were under way are handled or given up long before.
SECOND_AFTER = timedelta(hours=1)
_EVERY_SECONDS = 2.0
# Others wait for the thread of the timers.
_PARTS_AT_ONCE = 5
_WAIT = timedelta(seconds=5)


def nothing(_connection: Connection, _member_id: UUID) -> Iterable[UUID]:
    """For a service that keeps nothing of members but who they are."""
    return ()


def sweeping(things: Things = nothing, also: Mapping[str, Sweep] | None = None) -> Timer:
    """The timer of a worker that looks for who was erased; `also` are the places that only this service has."""
    places = {OUTBOX: sweep_outbox, DEFERRED: sweep_deferred, **(also or {})}
    return Timer(_EVERY_SECONDS, partial(sweep_places, places=places, things=things))


def sweep_places(sessions: Sessions, *, places: Mapping[str, Sweep], things: Things) -> None:
    """Look through some parts of places, each in a transaction of its own."""
    for _ in range(_PARTS_AT_ONCE):
        with sessions.begin() as session:
            if not _sweep_part(session.connection(), places, things):
                return


def _sweep_part(connection: Connection, places: Mapping[str, Sweep], things: Things) -> bool:
    """Look through the next part; whether there was one."""
    due = erasure_sweeps.c.place.in_(places) & (erasure_sweeps.c.due_at <= func.now())
    query = select(erasure_sweeps).where(due).order_by(erasure_sweeps.c.due_at).limit(1)
    row = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return False
    theirs = frozenset(map(str, things(connection, row.member_id)))
    person = Person(row.member_id, row.code, theirs, tuple(row.words))
    _go_on(connection, row, places[row.place](connection, person, row.position))
    return True


def _go_on(connection: Connection, row: Row[Any], position: Position | None) -> None:
    table = erasure_sweeps
    this = (table.c.member_id == row.member_id) & (table.c.place == row.place)
    if position is None and row.is_last:
        connection.execute(delete(table).where(this))
    elif position is None:
        again = {"position": [], "words": [], "is_last": True, "due_at": func.now() + SECOND_AFTER}
        connection.execute(update(table).where(this).values(again))
    elif list(position) == list(row.position):
        connection.execute(update(table).where(this).values(due_at=func.now() + _WAIT))
    else:
        connection.execute(update(table).where(this).values(position=list(position)))
