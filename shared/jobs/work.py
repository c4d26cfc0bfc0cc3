"""How a worker does jobs: one after the other, each under a lease, whatever becomes of the worker."""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from types import TracebackType
from typing import IO, Any, Generic, Self

from sqlalchemy import ColumnElement
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import now
from shared.db import Sessions
from shared.errors import DomainError
from shared.files.columns import Row
from shared.files.errors import TooManyRows
from shared.jobs.errors import JobLost
from shared.jobs.job import JobState
from shared.jobs.rows import J, JobRows
from shared.storage import unclaimed
from shared.storage.backends import Storage
from shared.storage.keys import PRIVATE, new_key
from shared.telemetry import log

EXPIRE_SECONDS, BEAT_SECONDS = 60.0, 1.0
LOST = "It could not be made: whoever worked on it was stopped each time. Please narrow the filters."
_EXPIRED_AT_ONCE = 500


class Beat(Generic[J]):
    """Keeps the lease of a job for as long as its block lasts, and notes how far it is."""

    def __init__(self, sessions: Sessions, rows: JobRows[J], job: J) -> None:
        self._sessions, self._rows, self._job = sessions, rows, job
        self._percent, self._is_lost, self._over = 0, False, threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease of {job.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def __call__(self, percent: int) -> None:
        """Note so many per cent. Raises JobLost."""
        self._percent = min(99, percent)
        if self._is_lost:
            raise JobLost

    def _keep(self) -> None:
        while not self._is_lost and not self._over.wait(BEAT_SECONDS):
            try:
                with self._sessions.begin() as session:
                    self._is_lost = not self._rows.keep_lease(session.connection(), self._job, self._percent)
            except SQLAlchemyError as error:
                # The lease lasts longer than many a fault; who has lost it finds out at the end.
                log.warning("lease_not_kept", error=repr(error))


def work(
    sessions: Sessions,
    rows: JobRows[J],
    do: Callable[[Sessions, J], None],
    *,
    keep: timedelta,
    which: ColumnElement[bool] | None = None,
) -> int:
    """Do one job after the other until none is left, of those meant by a condition on the table; returns how many.

    One that breaks a rule says so, for as long as it is kept, and is over. After any other fault it is tried again when
    its lease has run out.
    """
    done = 0
    while job := _take(sessions, rows, which):
        try:
            do(sessions, job)
        except JobLost:
            continue
        except DomainError as error:
            _fail(sessions, rows, job, error.message, keep)
        done += 1
    return done


def expire(sessions: Sessions, rows: JobRows[J], *, keep: timedelta) -> None:
    """Let go of jobs whose time is over, and end those that are lost each time."""
    with sessions.begin() as session:
        connection = session.connection()
        rows.give_up(connection, LOST, expires_at=now() + keep)
        for key in rows.remove_expired(connection, limit=_EXPIRED_AT_ONCE):
            unclaimed.note(connection, key)


def stored(sessions: Sessions, storage: Storage, file: IO[bytes], media_type: str) -> tuple[str, int]:
    """Put what was written into the storage; returns its key, which is on the list of unclaimed files, and its size."""
    size, key = file.tell(), new_key(PRIVATE)
    with sessions.begin() as session:
        unclaimed.note(session.connection(), key)
    file.seek(0)
    storage.put(key, file, media_type)
    return key, size


def counted(rows: Iterable[Row], expected: int, limit: int, beat: Callable[[int], Any]) -> Iterator[Row]:
    """The rows, of which about so many are expected: says how far they are, in per cent. Raises TooManyRows."""
    for number, row in enumerate(rows):
        if number == limit:
            raise TooManyRows(f"These are more than {limit:,} rows, which is more than a file may have.")
        if number % 500 == 0:
            beat(number * 100 // max(expected, number, 1))
        yield row


def _take(sessions: Sessions, rows: JobRows[J], which: ColumnElement[bool] | None) -> J | None:
    with sessions.begin() as session:
        return rows.take(session.connection(), which)


def _fail(sessions: Sessions, rows: JobRows[J], job: J, error: str, keep: timedelta) -> None:
    with sessions.begin() as session:
        values = {"error": error, "expires_at": now() + keep}
        rows.finish(session.connection(), job, JobState.FAILED, values)
