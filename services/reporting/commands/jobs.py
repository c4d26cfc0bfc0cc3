"""What a worker does aside: it makes the files that were asked for, and verifies the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.reporting.api.bodies import AuditFilters, ReportFilters
from services.reporting.domain.anchor import Anchor, Anchors
from services.reporting.domain.chain import ChainBroken
from services.reporting.domain.jobs import JobKind
from services.reporting.domain.subscriptions import period_of
from services.reporting.events import ReportReady
from services.reporting.models.jobs import Job
from services.reporting.queries import anchor_file, subscriptions, trail
from services.reporting.queries.jobs import ARE_FILES, ARE_VERIFICATIONS, JOBS
from services.reporting.queries.unions import unions_of
from services.reporting.reports.definition import Asked, Definition, Parameter
from services.reporting.settings import Settings
from services.reporting.usecases.catalogue import asked_of, find_report
from services.reporting.usecases.report_files import report_table
from services.reporting.usecases.subscriptions import make_due_reports
from services.reporting.usecases.trail import verify_trail
from services.reporting.usecases.trail_search import entry_filters, trail_table
from shared.clock import business_date, now
from shared.context import Role
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.files.formats import FileFormat
from shared.files.table import Table
from shared.files.writer import write_table
from shared.jobs.errors import JobLost, PersonGone
from shared.jobs.job import JobState
from shared.jobs.moments import moment
from shared.jobs.people import actor_of
from shared.jobs.work import EXPIRE_SECONDS, Beat, counted, expire, stored, work
from shared.storage import unclaimed
from shared.storage.backends import Storage
from shared.web.schema import checked
from shared.work import LOOK_SECONDS
from shared.worker import Timer

SERVICE = "reporting"
DUE_SECONDS = 30.0
KEEP_VERIFICATIONS = timedelta(days=396)
MOST_HELD = 200_000
"""A report is read as a whole before it is written, so it ends here."""


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
            Timer(LOOK_SECONDS, self.make_files, apart=True, of=JOBS.name),
            Timer(LOOK_SECONDS, self.verify, apart=True, of=JOBS.name),
            Timer(DUE_SECONDS, self.make_due),
            Timer(EXPIRE_SECONDS, self.expire),
        ]

    def make_files(self, sessions: Sessions) -> int:
        """Make the files that wait; returns how many."""
        return work(sessions, JOBS, self._make_file, which=ARE_FILES, keep=self._keep)

    def verify(self, sessions: Sessions) -> int:
        """Verify the audit trail if that is asked for."""
        return work(sessions, JOBS, self._verify, which=ARE_VERIFICATIONS, keep=KEEP_VERIFICATIONS)

    def make_due(self, sessions: Sessions) -> int:
        """Have the reports made that are due by subscription; returns how many."""
        at = now()
        today = business_date(self._zone.key, at - timedelta(hours=self.settings.subscription_hour))
        made, _ = run_transaction(sessions, SERVICE, lambda uow: make_due_reports(uow, today=today, at=at))
        return made

    def expire(self, sessions: Sessions) -> None:
        """Let go of jobs whose time is over, and of those that are lost each time."""
        expire(sessions, JOBS, keep=self._keep)

    def _make_file(self, sessions: Sessions, job: Job) -> None:
        file_format = FileFormat(job.format)
        with Beat(sessions, JOBS, job) as beat, TemporaryFile() as file:
            with moment(sessions, JOBS, job, self.settings) as connection:
                made = self._table_of(connection, job, file_format)
                table = replace(made.table, rows=counted(made.table.rows, made.rows, made.most_rows, beat))
                rows = write_table(table, file_format, file, zone=self._zone)
            key, size = stored(sessions, self.storage, file, file_format.media_type)
        values = made.scope | {
            "file_name": f"{made.name}.{file_format}", "file_key": key, "size": size, "rows": rows, "progress": 100,
            "expires_at": now() + self._keep,
        }  # fmt: skip
        run_transaction(sessions, SERVICE, partial(_finish, job=job, made=made, file_format=file_format, values=values))

    def _table_of(self, connection: Connection, job: Job, file_format: FileFormat) -> Made:
        actor, at = actor_of(connection, job), now()
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
            with Beat(sessions, JOBS, job) as beat, moment(sessions, JOBS, job, self.settings) as connection:
                verified = verify_trail(connection, keys, anchors, beat)
            findings = {
                "holds": True, "entries": verified.end.sequence, "unlinked": verified.unlinked,
                "anchors": anchors.compared, "unreadable": unreadable,
            }  # fmt: skip
        except ChainBroken as error:
            findings = {"holds": False, "fault": error.message, "firstBroken": error.entry}
        values = {"findings": findings, "progress": 100, "expires_at": now() + KEEP_VERIFICATIONS}
        with sessions.begin() as session:
            JOBS.finish(session.connection(), job, JobState.DONE, values)

    def _anchors(self) -> tuple[list[Anchor], int]:
        path = self.settings.anchor_path
        return anchor_file.read(path) if path else ([], 0)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.company_time_zone)

    @property
    def _keep(self) -> timedelta:
        return timedelta(hours=self.settings.job_keep_hours)


def _finish(uow: UnitOfWork, job: Job, made: Made, file_format: FileFormat, values: Mapping[str, Any]) -> None:
    """The row of the job and its bytes come together, and for a subscription the news of it."""
    unclaimed.claim(uow.connection, values["file_key"])
    if not JOBS.finish(uow.connection, job, JobState.DONE, values):
        # With this transaction the claim is gone as well, so that the bytes are swept.
        raise JobLost
    if job.subscription_id:
        done = replace(job, **{name: values[name] for name in ("file_key", "file_name", "size", "expires_at")})
        uow.publish(ReportReady.of(done, period=made.period, media_type=file_format.media_type))


def _period(definition: Definition, asked: Asked) -> str:
    """The days a report is about, for people."""
    if Parameter.PERIOD not in definition.parameters:
        return _day(asked.as_of)
    return _day(asked.first) if asked.first == asked.last else f"{_day(asked.first)} – {_day(asked.last)}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
