"""The worker of reporting."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path

from prometheus_client import Gauge

from services.reporting.backup import CONTENTS
from services.reporting.commands.backups import Backups
from services.reporting.commands.jobs import Jobs
from services.reporting.commands.restores import restoring
from services.reporting.consumers import TrailKey, handlers
from services.reporting.domain.chain import Key
from services.reporting.queries.redactions import things_of_member
from services.reporting.settings import Settings
from services.reporting.usecases.anchors import publish_anchor, write_anchor
from services.reporting.usecases.month_ends import freeze_next_month
from services.reporting.usecases.on_time import last_closed_day, make_next_sums
from services.reporting.usecases.redaction import redact_part
from services.reporting.usecases.trail import LINK_BATCHES, link_batches
from shared import production
from shared.backup.participant import Participant
from shared.clock import business_date, now
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.erasure.sweeps import sweeping
from shared.erasure.tables import TRAIL
from shared.fields import Day
from shared.messaging.forwarder import Forwarder
from shared.readings import Reading
from shared.restore.participant import Restorer
from shared.storage.backends import make_storage
from shared.telemetry import log
from shared.worker import Loop, Timer, Worker

PUBLISH_SECONDS = 60
UNLINKED = Reading(
    Gauge("mp_audit_unlinked_seconds", "Age of the first audit entries without a place in the chain; 0 when none are."),
    "SELECT coalesce(extract(epoch FROM now() - min(taken_in_at)), 0) FROM audit_intake",
)
BACKED_UP = Reading(
    Gauge("mp_backup_age_seconds", "Age of the newest whole backup of the platform; -1 when there is none."),
    "SELECT coalesce(extract(epoch FROM now() - max(cut_at)), -1) FROM backups WHERE state = 'completed'",
)
BACKUP_FAILED = Reading(
    Gauge("mp_backup_failed", "1 when the newest backup that has ended is one that failed."),
    """
    SELECT count(*) FROM (SELECT state FROM backups WHERE state <> 'in_progress' ORDER BY created_at DESC LIMIT 1)
        AS newest WHERE state = 'failed'
    """,
)
BACKUP_INTERVAL = Reading(
    Gauge("mp_backup_interval_seconds", "How often the schedule makes a backup of the platform; 0 for never."),
    """
    SELECT coalesce(max(CASE frequency WHEN 'hourly' THEN 3600 WHEN 'daily' THEN 86400 WHEN 'weekly' THEN 604800
                                       WHEN 'monthly' THEN 2678400 ELSE 0 END), 0) FROM backup_schedule
    """,
)
# How long an entry is in the trail at most before it has its place in the chain, as long as a worker runs.
LINK_SECONDS = 1.0
READINGS = (UNLINKED, BACKED_UP, BACKUP_FAILED, BACKUP_INTERVAL)
FREEZE_SECONDS = 600
ON_TIME_SECONDS = 60


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, leaves anchors of the audit trail, and passes on what subscribers from outside follow; months
    are those of the institution's time zone."""
    Day.zone = settings.company_time_zone
    TrailKey.use(settings.chain_keys.newest)
    if settings.environment == production.PRODUCTION and not settings.backup_recipients:
        # Who takes the whole machine has the key with the backups; `make keys` makes a pair to be kept apart.
        log.warning("backups_open_with_a_key_kept_here", setting="BACKUP_RECIPIENTS")
    return Worker(handlers, settings, timers(settings), loops=_loops(settings), readings=READINGS)


def _loops(settings: Settings) -> dict[str, Loop]:
    if not settings.outside_broker_url:
        return {}
    keys = settings.keys_of(handlers.service)
    return {"forwarder": Forwarder(keys, settings.broker_url, settings.outside_broker_url).run}


def timers(settings: Settings) -> list[Timer]:
    """What is due every so many seconds."""
    key = settings.chain_keys.newest
    storage = make_storage(settings, handlers.service)
    due = [
        Timer(LINK_SECONDS, partial(_link_batches, key=key), apart=True),
        Timer(FREEZE_SECONDS, _freeze_months, apart=True),
        Timer(ON_TIME_SECONDS, make_on_time_sums, apart=True),
        *Jobs(settings, storage).timers(),
        restoring(),
        sweeping(things_of_member, {TRAIL: partial(redact_part, key=key)}),
        *Participant(CONTENTS, settings).timers(),
        *Restorer(CONTENTS, settings, ()).timers(),
        *Backups(settings).timers(),
    ]
    if file := settings.anchor_path:
        due.append(Timer(settings.audit_anchor_seconds, partial(_write_anchor, path=file, key=key), apart=True))
    if settings.audit_anchor_hours:
        due.append(Timer(PUBLISH_SECONDS, partial(_publish_anchor, key=key, every=settings.anchors_every)))
    return due


def _link_batches(sessions: Sessions, key: Key) -> None:
    linked = LINK_BATCHES
    while linked == LINK_BATCHES:
        with sessions.begin() as session:
            linked = link_batches(session.connection(), key)


def _write_anchor(sessions: Sessions, path: Path, key: Key) -> None:
    write_anchor(sessions, path, key, now())


def _publish_anchor(sessions: Sessions, key: Key, every: timedelta) -> None:
    def work(uow: UnitOfWork) -> bool:
        return publish_anchor(uow, key, now(), every=every)

    run_transaction(sessions, "reporting", work)


def _freeze_months(sessions: Sessions) -> None:
    """Keep every end of a month that is not kept yet, each in a transaction of its own."""

    def work(uow: UnitOfWork) -> date | None:
        return freeze_next_month(uow.connection, today=business_date(Day.zone), at=now())

    while run_transaction(sessions, "reporting", work)[0]:
        pass


def make_on_time_sums(sessions: Sessions) -> None:
    """Make the sums of what fell due on days that are over, each month of them in a transaction of its own."""

    def work(uow: UnitOfWork) -> date | None:
        return make_next_sums(uow.connection, last=last_closed_day(Day.zone, now()))

    while run_transaction(sessions, "reporting", work)[0]:
        pass
