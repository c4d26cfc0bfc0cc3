"""Handling events in one transaction: all together, or each for itself where one of them fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared import epochs
from shared.clock import now
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.messaging import deferred, inbox
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Handlers
from shared.postgres.errors import database_is_away, lost_a_race

Causes = Mapping[UUID, Sequence[Envelope]]
"""By handled event the events it caused."""
Beat = Callable[[], None]
"""Called between two tries, for what must not wait until all is done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of events that were handled each for itself: those that failed left no other trace than their error."""

    causes: Causes
    failed: Mapping[UUID, Exception]


def deliver(sessions: Sessions, handlers: Handlers, envelopes: Sequence[Envelope]) -> Causes:
    """Handle events in one transaction; those handled before are passed over. Returns the events each one caused.

    An error leaves no trace: either all of them are handled or none.
    """

    def work(uow: UnitOfWork) -> Causes:
        if fresh := _claimed(uow, handlers, envelopes):
            handlers.run(uow, fresh)
        return uow.causes

    causes, _ = run_transaction(sessions, handlers.service, work)
    return causes


def deliver_or_defer(sessions: Sessions, handlers: Handlers, envelopes: Sequence[Envelope], beat: Beat) -> Outcome:
    """Handle those events that can be handled and keep the others as deferred, all in one transaction.

    Raises what `database_is_away` knows, and then nothing has happened.
    """

    def work(uow: UnitOfWork) -> Outcome:
        failed = _handle_apart(uow, handlers, _claimed(uow, handlers, envelopes), beat)
        first_failures = [(envelope, 1, failed[envelope.id]) for envelope in _distinct(envelopes, failed)]
        deferred.put_off(uow.connection, first_failures, at=now())
        return Outcome(uow.causes, failed)

    return run_transaction(sessions, handlers.service, work)[0]


def retry_due(sessions: Sessions, handlers: Handlers, beat: Beat) -> tuple[Sequence[Envelope], Outcome]:
    """Try those deferred events again whose time has come, at most `deferred.BATCH` of them, all in one transaction.

    Those that fail again wait longer or, after their last try, to be buried. Returns which were tried, and what came
    of it.
    """

    def work(uow: UnitOfWork) -> tuple[Sequence[Envelope], Outcome]:
        rows = [(Envelope.from_json(body), tries) for body, tries in deferred.due(uow.connection, at=now())]
        due = [envelope for envelope, _ in rows]
        failed = _handle_apart(uow, handlers, _claimed(uow, handlers, due), beat)
        again = [(envelope, tries + 1, failed[envelope.id]) for envelope, tries in rows if envelope.id in failed]
        deferred.put_off(uow.connection, again, at=now())
        deferred.remove(uow.connection, [envelope.id for envelope in due if envelope.id not in failed])
        return due, Outcome(uow.causes, failed)

    return run_transaction(sessions, handlers.service, work)[0]


def _claimed(uow: UnitOfWork, handlers: Handlers, envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Take those that count and were not handled before. What does not count is taken, and done with."""
    if not envelopes:
        return []
    new, current = inbox.claim(uow.connection, [envelope.id for envelope in envelopes])
    return epochs.counting(uow.connection, _distinct(envelopes, new), current, handlers.types_of_any_epoch)


def _distinct(envelopes: Sequence[Envelope], chosen: Mapping[UUID, object] | set[UUID]) -> list[Envelope]:
    return list({envelope.id: envelope for envelope in envelopes if envelope.id in chosen}.values())


def _handle_apart(
    uow: UnitOfWork, handlers: Handlers, envelopes: Sequence[Envelope], beat: Beat
) -> dict[UUID, Exception]:
    """Handle what can be handled, and give back the claims of the rest."""
    failed: dict[UUID, Exception] = {}
    for handler, group in handlers.groups(envelopes):
        # Where a handler takes one after the other, the first that fails would end each try of all of them.
        parts = [group] if handler.takes_many else [[envelope] for envelope in group]
        for part in parts:
            failed |= _failures(uow, handlers, part, beat)
    inbox.release(uow.connection, failed)
    return failed


def _failures(uow: UnitOfWork, handlers: Handlers, group: Sequence[Envelope], beat: Beat) -> dict[UUID, Exception]:
    """Handle the events of one handler except those that fail, which are found by halving."""
    beat()
    try:
        with uow.savepoint():
            handlers.run(uow, group)
    except Exception as error:
        # Whatever a handler raises is the fault of some event, unless the database could not do its work.
        if database_is_away(error) or lost_a_race(error):
            raise
        named = error.events if isinstance(error, CauseMissing) else frozenset()
        waiting = {envelope.id: error for envelope in group if envelope.id in named}
        if len(group) == 1 or len(waiting) == len(group):
            return dict.fromkeys((envelope.id for envelope in group), error)
        rest = [envelope for envelope in group if envelope.id not in waiting]
        middle = len(rest) if waiting else len(rest) // 2
        for part in filter(None, (rest[:middle], rest[middle:])):
            waiting |= _failures(uow, handlers, part, beat)
        return waiting
    return {}
