"""What a worker does aside: it makes the files that were asked for, and verifies the audit trail.

A job belongs to the worker that has its lease, which it renews while it works. When a worker is killed its lease runs
out and another one begins anew; only who has the lease can end a job, so nothing is done twice.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from services.reporting.api.bodies import AuditFilters, ReportFilters
from services.reporting.domain.anchor import Anchor, Anchors
from services.reporting.domain.chain import ChainBroken
from services.reporting.domain.jobs import FILE_KINDS, Job, JobKind, JobState
from services.reporting.domain.subscriptions import period_of
from services.reporting.events import ReportReady
from services.reporting.queries import anchor_file, jobs, subscriptions, trail
from services.reporting.queries.staff import active_staff
from services.reporting.queries.unions import unions_of
from services.reporting.reports.definition import Asked, Definition, Parameter
from services.reporting.settings import Settings
from services.reporting.usecases.catalogue import asked_of, find_report
from services.reporting.usecases.report_files import report_table
from services.reporting.usecases.subscriptions import make_due_reports
from services.reporting.usecases.trail import verify_trail
from services.reporting.usecases.trail_search import entry_filters, trail_table
from shared.clock import business_date, now
from shared.context import Actor, Role
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.errors import DomainError, Forbidden
from shared.files.columns import Row
from shared.files.errors import TooManyRows
from shared.files.formats import FileFormat
from shared.files.table import Table
from shared.files.writer import write_table
from shared.storage import unclaimed
from shared.storage.backends import Storage
from shared.storage.keys import PRIVATE, new_key
from shared.telemetry import log
from shared.web.schema import checked
from shared.worker import Timer

SERVICE = "reporting"
LOOK_SECONDS, DUE_SECONDS, EXPIRE_SECONDS = 1.0, 30.0, 60.0
BEAT_SECONDS = 1.0
KEEP_VERIFICATIONS = timedelta(days=396)
# Of one job; the limits of requests are shorter.
STATEMENT_SECONDS, IDLE_SECONDS = 600, 300
MOST_HELD = 200_000
"""A report is read as a whole before it is written, so it ends here."""
LOST = "It could not be made: whoever worked on it was stopped each time. Please narrow the filters."


class JobLost(Exception):
    """The job was canceled, or another worker has taken it."""


class PersonGone(Forbidden):
    """Who asked for the file is no longer on the staff."""


class Beat:
    """Keeps the lease of a job for as long as its block lasts, and notes how far it is."""

    def __init__(self, sessions: Sessions, job: Job) -> None:
        self._sessions, self._job = sessions, job
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
                    self._is_lost = not jobs.keep_lease(session.connection(), self._job, self._percent)
            except SQLAlchemyError as error:
                # The lease lasts longer than many a fault; who has lost it finds out at the end.
                log.warning("lease_not_kept", error=repr(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A table that is about to be written: how many rows it will have, how many it may have, and in `scope` whose
    figures are in it."""

    name: str
    table: Table
    rows: int
    most_rows: int
    scope: dict[str, Any]
    period: str = ""


@dataclass(frozen=True, slots=True)
class Jobs:
    """What a worker needs for its jobs."""

    settings: Settings
    storage: Storage

    def timers(self) -> list[Timer]:
        """A thread for files and one for verifications, so that neither waits for the other."""
        return [
            Timer(LOOK_SECONDS, self.make_files, apart=True),
            Timer(LOOK_SECONDS, self.verify, apart=True),
            Timer(DUE_SECONDS, self.make_due),
            Timer(EXPIRE_SECONDS, self.expire),
        ]

    def make_files(self, sessions: Sessions) -> int:
        """Make the files that wait; returns how many."""
        return _work(sessions, FILE_KINDS, self._make_file, keep=timedelta(hours=self.settings.job_keep_hours))

    def verify(self, sessions: Sessions) -> int:
        """Verify the audit trail if that is asked for."""
        return _work(sessions, [JobKind.VERIFICATION], self._verify, keep=KEEP_VERIFICATIONS)

    def make_due(self, sessions: Sessions) -> int:
        """Have the reports made that are due by subscription; returns how many."""
        at = now()
        today = business_date(self._zone.key, at - timedelta(hours=self.settings.subscription_hour))
        made, _ = run_transaction(sessions, SERVICE, lambda uow: make_due_reports(uow, today=today, at=at))
        return made

    def expire(self, sessions: Sessions) -> None:
        """Let go of jobs whose time is over, and of those that are lost each time."""
        with sessions.begin() as session:
            connection = session.connection()
            jobs.give_up(connection, LOST, expires_at=self._expires_at())
            for key in jobs.remove_expired(connection, limit=500):
                unclaimed.note(connection, key)

    def _make_file(self, sessions: Sessions, job: Job) -> None:
        file_format = FileFormat(job.format)
        with Beat(sessions, job) as beat, TemporaryFile() as file:
            with _moment(sessions) as connection:
                made = self._table_of(connection, job, file_format)
                table = replace(made.table, rows=_counted(made.table.rows, made.rows, made.most_rows, beat))
                rows = write_table(table, file_format, file, zone=self._zone)
            size, key = file.tell(), new_key(PRIVATE)
            with sessions.begin() as session:
                unclaimed.note(session.connection(), key)
            file.seek(0)
            self.storage.put(key, file, file_format.media_type)
        values = made.scope | {
            "file_name": f"{made.name}.{file_format}", "file_key": key, "size": size, "rows": rows, "progress": 100,
            "expires_at": self._expires_at(),
        }  # fmt: skip
        run_transaction(sessions, SERVICE, partial(_finish, job=job, made=made, file_format=file_format, values=values))

    def _table_of(self, connection: Connection, job: Job, file_format: FileFormat) -> Made:
        actor, at = _actor(connection, job), now()
        if job.kind is JobKind.EXPORT:
            if actor.role is Role.CREDIT_OFFICER:
                raise PersonGone("Your role may no longer see the audit trail.")
            chosen = entry_filters(connection, actor, checked(AuditFilters, dict(job.filters)))
            table = trail_table(connection, chosen, file_format, at=at, zone=self._zone)
            count, most_rows = trail.count(connection, chosen), self.settings.job_rows
            return Made(name="audit-trail", table=table, rows=count, most_rows=most_rows, scope={"seen": chosen.scope})
        report = find_report(job.name)
        filters = checked(ReportFilters, dict(job.filters))
        if job.subscription_id:
            if actor.role is Role.CREDIT_OFFICER:
                raise PersonGone("Reports are sent to admins and supervisors.")
            filters |= self._days(connection, job, report.definition)
        asked = asked_of(connection, actor, report.definition, filters, today=business_date(self._zone.key))
        most_rows = min(self.settings.job_rows, MOST_HELD)
        name, table = report_table(connection, actor, report, asked, most_rows=most_rows, at=at, zone=self._zone)
        rows = list(table.rows)
        seen = asked.seen_by if asked.officers is None else asked.officers
        named = unions_of(connection, seen) if report.definition.is_of_persons and seen is not None else None
        scope = {"seen": None if seen is None else list(seen), "unions": named}
        return Made(
            name=name,
            table=replace(table, rows=rows),
            rows=len(rows),
            most_rows=most_rows,
            scope=scope,
            period=_period(report.definition, asked),
        )

    def _days(self, connection: Connection, job: Job, definition: Definition) -> dict[str, date]:
        """The days that a subscription is about which was due then."""
        subscription = subscriptions.one(connection, job.subscription_id) if job.subscription_id else None
        if subscription is None or job.due_on is None:
            raise JobLost
        first, last = period_of(subscription.frequency, job.due_on, looks_ahead=definition.looks_ahead)
        return {"first": first, "last": last, "as_of": job.due_on if definition.looks_ahead else last}

    def _verify(self, sessions: Sessions, job: Job) -> None:
        keys = self.settings.chain_keys
        findings: dict[str, Any]
        try:
            given, unreadable = self._anchors()
            anchors = Anchors(given, keys)
            with Beat(sessions, job) as beat, _moment(sessions) as connection:
                verified = verify_trail(connection, keys, anchors, beat)
            findings = {
                "holds": True, "entries": verified.end.sequence, "unlinked": verified.unlinked,
                "anchors": anchors.compared, "unreadable": unreadable,
            }  # fmt: skip
        except ChainBroken as error:
            findings = {"holds": False, "fault": error.message, "firstBroken": error.entry}
        values = {"findings": findings, "progress": 100, "expires_at": now() + KEEP_VERIFICATIONS}
        with sessions.begin() as session:
            jobs.finish(session.connection(), job, JobState.DONE, values)

    def _anchors(self) -> tuple[list[Anchor], int]:
        path = self.settings.anchor_path
        return anchor_file.read(path) if path else ([], 0)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.company_time_zone)

    def _expires_at(self) -> Any:
        return now() + timedelta(hours=self.settings.job_keep_hours)


def _finish(uow: UnitOfWork, job: Job, made: Made, file_format: FileFormat, values: Mapping[str, Any]) -> None:
    """The row of the job and its bytes come together, and for a subscription the news of it."""
    unclaimed.claim(uow.connection, values["file_key"])
    if not jobs.finish(uow.connection, job, JobState.DONE, values):
        # With this transaction the claim is gone as well, so that the bytes are swept.
        raise JobLost
    if job.subscription_id:
        done = replace(job, **{name: values[name] for name in ("file_key", "file_name", "size", "expires_at")})
        uow.publish(ReportReady.of(done, period=made.period, media_type=file_format.media_type))


def _work(sessions: Sessions, kinds: Iterable[JobKind], do: Callable[[Sessions, Job], None], *, keep: timedelta) -> int:
    """Do one job after the other until none is left; one that breaks a rule says so, for as long as it is kept, and is
    over. After any other fault it is tried again when its lease has run out."""
    done = 0
    while job := _take(sessions, tuple(kinds)):
        try:
            do(sessions, job)
        except JobLost:
            continue
        except DomainError as error:
            _fail(sessions, job, error.message, keep)
        done += 1
    return done


def _take(sessions: Sessions, kinds: tuple[JobKind, ...]) -> Job | None:
    with sessions.begin() as session:
        return jobs.take(session.connection(), kinds)


def _fail(sessions: Sessions, job: Job, error: str, keep: timedelta) -> None:
    with sessions.begin() as session:
        values = {"error": error, "expires_at": now() + keep}
        jobs.finish(session.connection(), job, JobState.FAILED, values)


@contextmanager
def _moment(sessions: Sessions) -> Iterator[Connection]:
    """A connection that sees one moment of the database throughout, for as long as a job may take."""
    with sessions() as session:
        connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
        connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"))
        yield connection


def _counted(rows: Iterable[Row], expected: int, limit: int, beat: Beat) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number == limit:
            raise TooManyRows(f"These are more than {limit:,} rows, which is more than a file may have.")
        if number % 500 == 0:
            beat(number * 100 // max(expected, number, 1))
        yield row


def _period(definition: Definition, asked: Asked) -> str:
    """The days a report is about, for people."""
    if Parameter.PERIOD not in definition.parameters:
        return _day(asked.as_of)
    return _day(asked.first) if asked.first == asked.last else f"{_day(asked.first)} – {_day(asked.last)}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _actor(connection: Connection, job: Job) -> Actor:
    """Who asked for the file, as they are now. Raises PersonGone."""
    person = active_staff(connection, job.person_id) if job.person_id else None
    if person is None:
        raise PersonGone("Who asked for this is no longer on the staff.")
    return Actor(person.id, person.email, Role(person.role), job.id)
