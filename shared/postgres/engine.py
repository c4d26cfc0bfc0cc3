"""Engines: pools of connections to the database of one service."""

import select
from typing import Any, cast

import orjson
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from shared.postgres.cursor import cursor_class
from shared.postgres.errors import READ_ONLY, leave_out_values
from shared.postgres.urls import connect_options, has_several_servers, sqlalchemy_url
from shared.telemetry import POOL_IN_USE, POOL_SIZE

# Less than the heartbeat of the broker, which who waits for a connection here cannot answer.
CONNECT_SECONDS = 5


def make_engine(url: str, *, pool_size: int, autocommit: bool = False, prepare: bool = True) -> Engine:
    """An engine whose pool holds so many connections and drops those the server has closed.

    The connection used last is the first to be used again: its process at the server has its plans and caches warm.
    With `autocommit` every statement stands alone, which saves a read two round trips. Without `prepare` each is
    planned with its values in sight, which one that looks for a pattern needs to find its index. Values stay out of the
    errors, which are logged, reported and kept with dead letters: those we sent, and those the server found.
    """
    # Where every statement stands alone, nothing is left to be rolled back.
    alone = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None, "skip_autocommit_rollback": True}
    options: dict[str, Any] = alone if autocommit else {}
    connect: dict[str, Any] = {"cursor_factory": cursor_class(), **connect_options(url, seconds=CONNECT_SECONDS)}
    if not prepare:
        connect["prepare_threshold"] = None
    engine = create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=10,
        pool_recycle=1800,
        hide_parameters=True,
        json_deserializer=orjson.loads,
        connect_args=connect,
        **options,
    )
    event.listen(engine, "checkout", _refuse_closed)
    event.listen(engine, "handle_error", _leave_out_values)
    if has_several_servers(url):
        event.listen(engine, "handle_error", _leave_a_server_that_only_reads)
    return engine


def watch_pool(engine: Engine, service: str, pool: str) -> None:
    """Count the connections of an engine that are in use, under a name for its pool."""
    size, in_use = POOL_SIZE.labels(service, pool), POOL_IN_USE.labels(service, pool)
    # Only now, for a process that was forked after the engine was made counts for itself.
    event.listen(engine, "connect", lambda *_: size.set(cast(QueuePool, engine.pool).size()))
    event.listen(engine, "checkout", lambda *_: in_use.inc())
    event.listen(engine, "checkin", lambda *_: in_use.dec())


def _refuse_closed(connection: Any, record: Any, proxy: Any) -> None:
    """An idle connection with something to read was closed by the server: cheaper than asking it with a round trip."""
    poller = select.poll()
    poller.register(connection.pgconn.socket, select.POLLIN)
    if poller.poll(0):
        raise DisconnectionError("The server closed this connection.")


def _leave_a_server_that_only_reads(failed: ExceptionContext) -> None:
    """Of several servers another one may take writes now: all connections are made anew, and find it."""
    if getattr(failed.original_exception, "sqlstate", None) == READ_ONLY:
        failed.is_disconnect = True


def _leave_out_values(failed: ExceptionContext) -> None:
    leave_out_values(failed.original_exception, failed.sqlalchemy_exception)
