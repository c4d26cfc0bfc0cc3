"""The worker of notifications."""

import time
from datetime import timedelta
from functools import partial

from services.notifications.backup import CONTENTS
from services.notifications.consumers import handlers
from services.notifications.mailer.mailer import Mailer
from services.notifications.queries.housekeeping import forget_old
from services.notifications.queries.mails import redact_mails
from services.notifications.settings import Settings
from services.notifications.usecases.anchors import AnchorRecipients
from services.notifications.usecases.delivery import send_due
from services.notifications.usecases.reminders import remind_members
from services.notifications.usecases.reports import Reports
from shared.backup.participant import Participant
from shared.clock import business_date, now
from shared.db import Sessions, run_transaction
from shared.erasure.sweeps import sweeping
from shared.erasure.tables import MAILS
from shared.restore.participant import Restorer
from shared.worker import Timer, Worker

# Often, because a member is reminded of each due date once however often one looks.
REMIND_SECONDS = 600
# In one go, so that the limit on mails a second is kept.
SEND_SECONDS = 1.0


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, relays the outbox, sends mail and reminds members of what falls due."""
    AnchorRecipients.addresses = settings.audit_anchor_recipients
    Reports.public_url, Reports.attached_bytes = settings.public_url, settings.attached_bytes
    return Worker(handlers, settings, timers(settings))


def timers(settings: Settings) -> list[Timer]:
    """What is due every so many seconds."""
    return [
        Timer(1, partial(_send_mail, mailer=settings.mailer, most=settings.mails_a_second), apart=True),
        Timer(REMIND_SECONDS, partial(_remind, zone=settings.company_time_zone, days=settings.reminder_days)),
        Timer(60, partial(_forget, mails_kept=timedelta(days=settings.mail_keep_days))),
        *Participant(CONTENTS, settings).timers(),
        *Restorer(CONTENTS, settings, ()).timers(),
        sweeping(also={MAILS: redact_mails}),
    ]


def _send_mail(sessions: Sessions, mailer: Mailer, most: int) -> None:
    deadline, left = time.monotonic() + SEND_SECONDS, most
    while left > 0 and time.monotonic() < deadline and (sent := send_due(sessions, mailer, at=now(), most=left)):
        left -= sent


def _remind(sessions: Sessions, zone: str, days: int) -> None:
    if days < 0:
        return
    remind = partial(remind_members, today=business_date(zone), days=days, at=now())
    while run_transaction(sessions, "notifications", remind)[0]:
        pass


def _forget(sessions: Sessions, mails_kept: timedelta) -> None:
    with sessions.begin() as session:
        forget_old(session.connection(), at=now(), mails_kept=mails_kept)
