"""The database of one service: engine, unit of work, and the loop that repeats a transaction which lost a race."""

import random
import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import orjson
import psycopg
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from shared import audit
from shared.context import NOBODY, Context
from shared.messaging import outbox
from shared.messaging.events import Envelope, Event
from shared.telemetry import POOL_IN_USE, POOL_SIZE

T = TypeVar("T")
Sessions = sessionmaker[Session]

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

RIGHTS = "rights"
"""In the `info` of a table: what the running role may do with it, where that is less than with any other."""

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
# A lost connection; no more room on disk, memory or connections; shutting down, crashed or starting; failed files.
_AWAY = ("08", "53", "57P", "58")
# As after a failover, or by the hand of an operator who protects a full disk.
_READ_ONLY = "25006"
_ATTEMPTS = 6
# Less than the heartbeat of the broker, which who waits for a connection here cannot answer.
CONNECT_SECONDS = 5


def make_engine(url: str, *, pool_size: int, autocommit: bool = False, prepare: bool = True) -> Engine:
    """An engine whose pool holds so many connections and drops those the server has closed.

    With `autocommit` every statement stands alone, which saves a read two round trips. Without `prepare` each is
    planned with its values in sight, which one that looks for a pattern needs to find its index. Values stay out of the
    errors, which are logged, reported and kept with dead letters: those we sent, and those the server found.
    """
    # Where every statement stands alone, nothing is left to be rolled back.
    alone = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None, "skip_autocommit_rollback": True}
    options: dict[str, Any] = alone if autocommit else {}
    connect: dict[str, Any] = {"cursor_factory": _Cursor, "connect_timeout": CONNECT_SECONDS}
    if not prepare:
        connect["prepare_threshold"] = None
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_recycle=1800,
        hide_parameters=True,
        json_deserializer=orjson.loads,
        connect_args=connect,
        **options,
    )
    event.listen(engine, "checkout", _refuse_closed)
    event.listen(engine, "handle_error", _leave_out_values)
    return engine


def watch_pool(engine: Engine, service: str, pool: str) -> None:
    """Count the connections of an engine that are in use, under a name for its pool."""
    size, in_use = POOL_SIZE.labels(service, pool), POOL_IN_USE.labels(service, pool)
    # Only now, for a process that was forked after the engine was made counts for itself.
    event.listen(engine, "connect", lambda *_: size.set(engine.pool.size()))  # type: ignore[attr-defined]
    event.listen(engine, "checkout", lambda *_: in_use.inc())
    event.listen(engine, "checkin", lambda *_: in_use.dec())


class _Cursor(psycopg.Cursor[Any]):
    """A cursor that describes its columns only when asked what they are.

    SQLAlchemy asks after every statement whether there are any, and knows from the first time what they are; to
    describe the sixty of a loan took longer than to read its row.
    """

    @property
    def description(self) -> Any:
        return _Description(self) if self.pgresult and self.pgresult.nfields else None


class _Description(Sequence[psycopg.Column]):
    def __init__(self, cursor: _Cursor) -> None:
        self._cursor = cursor

    @cached_property
    def _columns(self) -> list[psycopg.Column]:
        return super(_Cursor, self._cursor).description or []

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, index: Any) -> Any:
        return self._columns[index]


def _refuse_closed(connection: Any, record: Any, proxy: Any) -> None:
    """An idle connection with something to read was closed by the server: cheaper than asking it with a round trip."""
    poller = select.poll()
    poller.register(connection.pgconn.socket, select.POLLIN)
    if poller.poll(0):
        raise DisconnectionError("The server closed this connection.")


def _leave_out_values(failed: ExceptionContext) -> None:
    """Of an error of the server its message is kept and its detail is not, which quotes the row or the key."""
    cause, shown = failed.original_exception, failed.sqlalchemy_exception
    if isinstance(cause, psycopg.Error) and cause.diag.message_primary:
        cause.args = (cause.diag.message_primary,)
        if shown is not None:
            shown.args = (f"({type(cause).__module__}.{type(cause).__qualname__}) {cause}",)


def make_sessions(engine: Engine) -> Sessions:
    """Sessions whose objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


class UnitOfWork:
    """One transaction: its session, the circumstances it runs in, and the events it tells at its end."""

    def __init__(self, session: Session, context: Context, source: str) -> None:
        self.session = session
        self.context = context
        self.source = source
        self.cause: UUID | None = None
        self.published: list[Envelope] = []
        self._written = 0
        self.causes: dict[UUID, list[Envelope]] = {}

    @property
    def connection(self) -> Connection:
        """The connection under the session, for statements that need no objects."""
        return self.session.connection()

    def publish(self, fact: Event) -> None:
        """Tell the others, if and when this transaction commits."""
        envelope = Envelope.around(fact, source=self.source, context=self.context)
        self.published.append(envelope)
        if self.cause is not None:
            self.causes.setdefault(self.cause, []).append(envelope)

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
        self.publish(audit.Recorded.of(entry, source=self.source, context=self.context))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, when it raises, and the events it told, while the transaction goes on."""
        published, written = len(self.published), self._written
        causes = {cause: list(events) for cause, events in self.causes.items()}
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            del self.published[published:]
            self._written, self.causes = written, causes
            raise

    def flush(self) -> None:
        """Write what is pending, the outbox rows last, so that their order is the order of commit per aggregate.

        Called at the end of the block; calling it before is harmless.
        """
        self.session.flush()
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


def violated_key(error: IntegrityError) -> str | None:
    """The unique constraint or index that another row already has the values of; None for any other fault."""
    return error.orig.diag.constraint_name if isinstance(error.orig, UniqueViolation) else None


def lost_a_race(error: Exception) -> bool:
    """Whether the database chose this transaction to fail so that another could go on."""
    return isinstance(error, DBAPIError) and _state(error) in {SERIALIZATION_FAILURE, DEADLOCK}


def database_is_away(error: Exception) -> bool:
    """Whether the database could not be asked or could not do its work, as against having said no."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError) or lost_a_race(error):
        return False
    state = _state(error)
    if state is None:
        # There was no answer at all, unless it is the driver that refused the values.
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or state == _READ_ONLY or state.startswith(_AWAY)


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
