"""Where a job reads: in the database, or in a copy of it that has come as far as the job."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared.db import Sessions
from shared.jobs.rows import J, JobRows
from shared.jobs.settings import JobSettings
from shared.postgres.engine import make_engine
from shared.telemetry import log

# Of one job; the limits of requests are shorter.
STATEMENT_SECONDS, IDLE_SECONDS = 600, 300
# How long a copy is waited for that is behind, and how often it is asked.
BEHIND_SECONDS, _ASK_SECONDS = 5.0, 0.05
# As many as threads that do jobs.
_CONNECTIONS = 3


@contextmanager
def moment(sessions: Sessions, rows: JobRows[J], job: J, settings: JobSettings) -> Iterator[Connection]:
    """A connection that sees one moment of the database throughout, for as long as a job may take.

    It is one to the copy where that has come as far as the job, and so as far as all that was committed before anybody
    asked for it. A job that was taken before is read in the database itself: a copy ends what reads for too long.
    """
    copy = _copy_with(rows, job, settings.read_database_url) if settings.read_database_url else None
    connection = copy or sessions.kw["bind"].connect()
    with connection.execution_options(isolation_level="REPEATABLE READ"), connection.begin():
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
        connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"))
        yield connection


def _copy_with(rows: JobRows[J], job: J, url: str) -> Connection | None:
    """A connection to the copy, once it has come as far as this job; None when it does not in time, when it cannot be
    reached, and when the job was taken before."""
    connection: Connection | None = None
    try:
        connection = _engine(url).connect()
        deadline = time.monotonic() + BEHIND_SECONDS
        while (tries := rows.tries(connection, job)) is None and time.monotonic() < deadline:
            connection.rollback()
            # A copy tells nobody how far it has come.
            time.sleep(_ASK_SECONDS)
        connection.rollback()
    except SQLAlchemyError as error:
        log.warning("copy_passed_over", job=job.id, error=repr(error))
        tries = None
    else:
        if tries is None:
            log.warning("copy_passed_over", job=job.id, error=f"it is more than {BEHIND_SECONDS:.0f} s behind")
    if tries == 1:
        return connection
    if connection:
        connection.close()
    return None


@cache
def _engine(url: str) -> Engine:
    """All jobs of a process share its connections."""
    return make_engine(url, pool_size=_CONNECTIONS)
