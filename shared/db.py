"""The unit of work: one transaction with its events, and the loop that repeats one which lost a race."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shared import audit, tally
from shared.context import NOBODY, Context
from shared.messaging import outbox
from shared.messaging.events import Envelope, Event
from shared.postgres.errors import lost_a_race

T = TypeVar("T")
Sessions = sessionmaker[Session]

_ATTEMPTS = 6


def make_sessions(engine: Engine) -> Sessions:
    """Sessions whose objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


class UnitOfWork:
    """One transaction: its session, the circumstances it runs in, and the events it publishes.

    `contexts` holds the circumstances of each of several causes that share the transaction, by their ids; `causes` the
    events that each of them brought about.
    """

    def __init__(self, session: Session, context: Context, source: str) -> None:
        self.session = session
        self.context = context
        self.source = source
        self.cause: UUID | None = None
        self.contexts: Mapping[UUID, Context] = {}
        self.published: list[Envelope] = []
        self._written = 0
        self.causes: dict[UUID, list[Envelope]] = {}
        # By subject, owner and kind.
        self._counted: Counter[tuple[str, UUID, str]] = Counter()

    @property
    def connection(self) -> Connection:
        """The connection under the session, for statements that need no objects."""
        return self.session.connection()

    @contextmanager
    def on_behalf_of(self, cause: UUID) -> Iterator[None]:
        """Within the block, what is published was brought about by this cause, in its circumstances."""
        before = self.cause, self.context
        self.cause, self.context = cause, self.contexts.get(cause, self.context)
        try:
            yield
        finally:
            self.cause, self.context = before

    def publish(self, fact: Event) -> None:
        """Write an event into the outbox, with this transaction."""
        envelope = Envelope.around(fact, source=self.source, context=self.context)
        self.published.append(envelope)
        if self.cause is not None:
            self.causes.setdefault(self.cause, []).append(envelope)

    def count(self, subject: str, changes: Mapping[tuple[UUID, str], int]) -> None:
        """Count what changed, {(owner, kind): difference}, in the tally: with this transaction, all of it at its end.

        What cancels out, such as the steps in between of a loan that takes several, is not written.
        """
        for (owner, kind), difference in changes.items():
            self._counted[subject, owner, kind] += difference

    def audit(
        self,
        *,
        action: str,
        entity_name: str,
        entity_id: UUID,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Leave one entry in the audit trail. The snapshots are JSON-ready and hold no secret."""
        entry = audit.Entry(action, entity_name, entity_id, before, after, metadata or {})
        self.publish(audit.recorded(entry, source=self.source, context=self.context))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, when it raises, and what it published and counted, while the transaction goes on."""
        published, written, counted = len(self.published), self._written, self._counted.copy()
        causes = {cause: list(events) for cause, events in self.causes.items()}
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            del self.published[published:]
            self._written, self.causes, self._counted = written, causes, counted
            raise

    def flush(self) -> None:
        """Write what is pending, the outbox rows last, so that their order is the order of commit per aggregate.

        Called at the end of the block; calling it before is harmless.
        """
        self.session.flush()
        tally.add_all(self.connection, self._counted)
        self._counted.clear()
        if len(self.published) > self._written:
            outbox.add(self.connection, self.published[self._written :])
            self._written = len(self.published)


@contextmanager
def unit_of_work(sessions: Sessions, source: str, context: Context = NOBODY) -> Iterator[UnitOfWork]:
    """Open one transaction; commit at the end of the block, roll back when it raises."""
    with sessions() as session, session.begin():
        uow = UnitOfWork(session, context, source)
        yield uow
        uow.flush()


def run_transaction(
    sessions: Sessions, source: str, work: Callable[[UnitOfWork], T], context: Context = NOBODY
) -> tuple[T, list[Envelope]]:
    """Do `work` in one transaction, again from the start when it loses a race (serialization failure or deadlock).

    Returns what `work` returned and the events it published. `work` must have no effect outside the transaction.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with unit_of_work(sessions, source, context) as uow:
                result = work(uow)
            return result, uow.published
        except DBAPIError as error:
            if attempt == _ATTEMPTS or not lost_a_race(error):
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))
    raise AssertionError("unreachable")
