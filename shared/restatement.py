"""Publishing the state of a service anew, in a new epoch, so that its followers hold what it holds and no more.

It works without the outbox of the past: what is published is read from the tables. A service names the kinds of its
aggregates (`Kind`); its worker publishes one batch of them after the other, each in a transaction that also says how
far it came, and when all is published says that too: what followers keep of a lower version its owner does not have.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from shared import epochs
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.ids import new_id
from shared.messaging import anew
from shared.messaging.events import ADDED, Envelope, Event, of_service
from shared.messaging.handlers import CauseMissing, Handlers, Payload
from shared.work import LOOK_SECONDS, call_out
from shared.worker import Timer

metadata = MetaData()

# How far each kind of aggregates is published in an epoch: `after` is the last one that was.
restatement = Table(
    "restatement",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("after", Uuid),
    Column("published", BigInteger, nullable=False, server_default="0"),
    # The type of events that say of an aggregate what it is now, and how many of them were published.
    Column("event_type", Text),
    Column("events", BigInteger, nullable=False, server_default="0"),
    Column("done_at", DateTime(timezone=True)),
)

BATCH = 200
# What was published so shortly before the database went back may not have been handled by then: it is sent again.
SENT_AGAIN = timedelta(hours=1)
_TURN_SECONDS, _PAUSE_SECONDS = 4.0, 1.0
_STATE = "state to be published"
# One process publishes at a time, so that followers get aggregates before those that refer to them.
_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('restatement of ' || current_schema()))")
_NEXT = select(restatement).where(restatement.c.done_at.is_(None)).order_by(restatement.c.place).limit(1)
_SEND_AGAIN = text(
    """
    UPDATE outbox SET published_at = NULL, epoch = :epoch
     WHERE published_at IS NULL OR created_at >= (SELECT max(created_at) FROM outbox) - CAST(:span AS interval)
    """
)
_OTHERS_WAIT = text(
    """
    SELECT EXISTS (SELECT FROM deferred_event
                    WHERE position('"source":"' || :source || '"' IN body) > 0
                      AND position('.state.restated.v1"' IN body) = 0)
    """
)


class Batch(NamedTuple):
    """How many aggregates were published, and the last of them; None when there are no more."""

    published: int
    last: UUID | None


@dataclass(frozen=True, slots=True)
class Kind:
    """Aggregates of one kind. `publish_next` publishes those that come after one, by id, in versions above a floor."""

    name: str
    publish_next: Callable[[UnitOfWork, UUID | None, int], Batch]


@dataclass(frozen=True)
class EpochBegan(Event):
    """The data of this service went back to an older state. What it had published before, and does not publish again,
    did not happen; audit entries and ended sessions stay."""

    type = "epoch.began.v1"

    epoch: Annotated[int, "The events of this service carry it from now on.", {"minimum": 1}]
    floor: Annotated[int, "Versions of what is published again are above this.", {"minimum": 1}]
    began_at: datetime
    reason: str


@dataclass(frozen=True)
class StateRestated(Event):
    """All that this service holds was published again in this epoch. What a follower keeps in a version below the
    floor, the service does not have."""

    type = "state.restated.v1"

    epoch: Annotated[int, {"minimum": 1}]
    floor: Annotated[int, {"minimum": 1}]
    published: Annotated[dict[str, int], "How many of each kind."]
    events: Annotated[dict[str, int], "By type, how many events said what an aggregate is now.", ADDED]


OF_OWNERS = (EpochBegan, StateRestated)
"""What every service publishes that others follow."""

FormerVersion = Annotated[
    int,
    "The version it had before it was published again: what had a higher one below the floor of the epoch did not "
    "happen.",
    {"minimum": 0},
]


def begin(
    uow: UnitOfWork,
    kinds: Sequence[Kind],
    *,
    reason: str,
    at: datetime,
    whole: Sequence[str] = (),
    number: int = 0,
    sends_again: bool = True,
) -> int:
    """Begin a new epoch of the service, in which its worker publishes all that it holds; returns its number.

    Where all services went back together, `whole` names them: events of theirs from before then count no more either,
    and what this one published in the last hour before is sent again, for its followers may have gone back to before
    they handled it; unless nothing `sends_again`, because outbox and inboxes did not go back. `number` is that of the
    epoch, for who begins one in several services together.
    """
    connection = uow.connection
    epochs.lock(connection)
    current = epochs.numbers(connection)
    for source in whole:
        # One that begins an epoch of its own at the same time may have a number of the hour before.
        least = number or epochs.next_number(current.get(source, 0), at - timedelta(hours=1))
        epochs.enter(connection, [source], least)
    number = number or epochs.next_number(current.get(uow.source, 0), at)
    epochs.enter(connection, [uow.source], number)
    if whole and sends_again:
        connection.execute(_SEND_AGAIN, {"epoch": number, "span": SENT_AGAIN})
    _plan(connection, kinds, number)
    began = of_service(EpochBegan, uow.source)
    uow.publish(began(new_id(), 1, number, epochs.floor(number), at, reason))
    return number


def _plan(connection: Connection, kinds: Sequence[Kind], number: int) -> None:
    if kinds:
        rows = [{"kind": kind.name, "place": place, "epoch": number} for place, kind in enumerate(kinds)]
        row = insert(restatement).values(rows)
        again = {"place": row.excluded.place, "epoch": number, "after": None, "published": 0, "done_at": None}
        again |= {"event_type": None, "events": 0}
        connection.execute(row.on_conflict_do_update(index_elements=["kind"], set_=again))
        call_out(connection, _STATE)


def publish_next(uow: UnitOfWork, kinds: Sequence[Kind]) -> bool:
    """Publish one more batch of what the epoch has to publish; False when there is none, or somebody else is at it."""
    connection = uow.connection
    if not connection.execute(_TURN).scalar_one():
        return False
    # From here on no other epoch begins, of which a kind would be taken for published.
    epochs.numbers(connection)
    row = connection.execute(_NEXT).one_or_none()
    if row is None:
        return False
    kind = next((kind for kind in kinds if kind.name == row.kind), None)
    batch = kind.publish_next(uow, row.after, epochs.floor(row.epoch)) if kind else Batch(0, None)
    progress: dict[str, Any] = {"published": restatement.c.published + batch.published}
    for event_type, events in Counter(one.type for one in uow.published if anew.is_anew(one.type)).items():
        progress |= {"event_type": event_type, "events": restatement.c.events + events}
    progress |= {"done_at": func.now()} if batch.last is None else {"after": batch.last}
    connection.execute(update(restatement).where(restatement.c.kind == row.kind).values(progress))
    if batch.last is None and connection.execute(_NEXT).first() is None:
        _publish_end(uow, row.epoch)
    return True


def _publish_end(uow: UnitOfWork, number: int) -> None:
    rows = uow.connection.execute(select(restatement)).all()
    published = {row.kind: row.published for row in rows}
    events = {row.event_type: row.events for row in rows if row.event_type}
    restated = of_service(StateRestated, uow.source)
    uow.publish(restated(new_id(), 1, number, epochs.floor(number), published, events))


def publish_all(sessions: Sessions, service: str, kinds: Sequence[Kind]) -> dict[str, int]:
    """Publish all that the epoch has to publish, together with whoever else is at it; returns how many of each kind."""
    work = partial(publish_next, kinds=kinds)
    while True:
        while run_transaction(sessions, service, work)[0]:
            pass
        with sessions() as session:
            rows = session.execute(select(restatement.c.kind, restatement.c.published, restatement.c.done_at)).all()
        if all(row.done_at for row in rows):
            return {row.kind: row.published for row in rows}
        time.sleep(_PAUSE_SECONDS)  # A worker is at it: nothing tells others when it is done.


def restating(service: str, kinds: Sequence[Kind]) -> Timer:
    """The timer by which a worker publishes the state of its service in a new epoch."""

    def restate(sessions: Sessions) -> None:
        until = time.monotonic() + _TURN_SECONDS
        work = partial(publish_next, kinds=kinds)
        while run_transaction(sessions, service, work)[0]:
            if time.monotonic() > until:
                with sessions.begin() as session:
                    call_out(session.connection(), _STATE)
                return

    return Timer(LOOK_SECONDS, restate, apart=True, of=_STATE)


def raise_versions(
    connection: Connection, table: Any, after: UUID | None, floor: int, *, key: str = "id", batch: int = BATCH
) -> dict[UUID, int]:
    """Lock the next aggregates after one, by id, and raise their versions above the floor where they are below it;
    returns the version that each had. One of which nothing was published yet is at the floor itself afterwards."""
    statement = _raising(table.name, key)
    values = {"after": after or UUID(int=0), "floor": floor, "step": epochs.STEP, "batch": batch}
    return {row.id: row.version for row in connection.execute(statement, values)}


@cache
def _raising(table: str, key: str) -> Any:
    return text(
        f"""
        WITH following AS (
            SELECT {key} AS id, version FROM {table} WHERE {key} > :after ORDER BY {key} LIMIT :batch FOR UPDATE
        ), raised AS (
            UPDATE {table} SET version = :floor + following.version % :step FROM following
             WHERE {table}.{key} = following.id AND following.version < :floor
        )
        SELECT id, version FROM following ORDER BY id
        """  # noqa: S608 - put together of the names of tables and columns; values are parameters
    )


def batch_of(former: dict[UUID, int], *, batch: int = BATCH) -> Batch:
    """What became of a batch of aggregates, by how many there were."""
    return Batch(len(former), max(former) if len(former) == batch else None)


class RestatedPayload(Payload):
    epoch: int
    floor: int
    events: dict[str, int] = {}


Removal = Callable[[UnitOfWork, int], None]
"""What a follower does about its copies in a version below the floor: their owner does not have them."""


def when_restated(handlers: Handlers, source: str, remove: Removal) -> None:
    """Have copies of what `source` owns removed that it does not have, when it has published all it has.

    It waits until no event of the source is deferred and all are handled that said what an aggregate is now: another
    worker may have some of them still. Of what comes together it is handled last.
    """
    removals = handlers.removals.setdefault(source, [])
    removals.append(remove)
    if len(removals) == 1:

        @handlers.on(f"{source}.state.restated.v1", payload=RestatedPayload, is_awaited=False, is_last=True)
        def remove_others(uow: UnitOfWork, restated: RestatedPayload, envelope: Envelope) -> None:
            if uow.connection.execute(_OTHERS_WAIT, {"source": source}).scalar_one():
                raise CauseMissing(f"events of {source} are deferred, which may be about what would be removed")
            _await_all(uow, handlers, restated)
            for removal in removals:
                removal(uow, restated.floor)


def _await_all(uow: UnitOfWork, handlers: Handlers, restated: RestatedPayload) -> None:
    """Raises CauseMissing while events of the epoch that are followed here were not handled."""
    followed = {name: events for name, events in restated.events.items() if name in handlers.event_types}
    if missing := anew.missing(uow.connection, followed, restated.epoch):
        raise CauseMissing(f"not handled yet of what was published anew: {missing}")
    anew.forget(uow.connection, followed, before=restated.epoch)


def create_tables(op: Any) -> None:
    """The table as of its first version; a migration of every service calls it. In a new database it has all columns of
    today."""
    metadata.create_all(op.get_bind())


def count_events(op: Any) -> None:
    """Count the events of an epoch where they are published and where they are handled; a migration of every service
    calls it."""
    op.execute(
        "ALTER TABLE restatement ADD COLUMN IF NOT EXISTS event_type text, "
        "ADD COLUMN IF NOT EXISTS events bigint NOT NULL DEFAULT 0"
    )
    anew.metadata.create_all(op.get_bind())
