"""The worker of identity."""

import time
from functools import partial

from services.identity.consumers import handlers
from services.identity.post.office import Office
from services.identity.queries.retention import remove_expired
from services.identity.settings import Settings
from services.identity.steps.password_providers import SupabasePasswords
from services.identity.steps.sessions import end_overdue
from services.identity.usecases.anchors import Recipients
from services.identity.usecases.delivery import send_due
from services.identity.usecases.recovery import Send, answer_requests, mail_link
from services.identity.usecases.reminders import remind_members
from shared.clock import business_date, now
from shared.db import Sessions, run_transaction
from shared.storage.backends import make_storage
from shared.storage.unclaimed import sweeping
from shared.worker import Timer, Worker

# Often, because each due date is told of once however often one looks.
REMIND_SECONDS = 600
# A session ends at most so much later than the settings say.
END_SECONDS = 30
# In one go, so that the limit on mails a second is kept.
SEND_SECONDS = 1.0


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus and relays the outbox; its heartbeat tells the gateway that revocations still arrive."""
    Recipients.addresses = settings.audit_anchor_recipients
    return Worker(handlers, settings, timers(settings), heartbeat=True)


def timers(settings: Settings) -> list[Timer]:
    """What is due every so many seconds."""
    protected = frozenset(address.lower() for address in settings.protected_emails)
    links = partial(answer_requests, send=_link_sender(settings), protected=protected, clock=now)
    office = settings.office
    mails = [
        Timer(1, partial(_send_mail, office=office, most=settings.mails_a_second), apart=True),
        Timer(REMIND_SECONDS, partial(_remind, zone=settings.company_time_zone, days=settings.reminder_days)),
    ]
    files = sweeping(make_storage(settings, "identity"))
    return [Timer(1, links, apart=True), *mails, files, Timer(60, _forget), Timer(END_SECONDS, _end_overdue)]


def _link_sender(settings: Settings) -> Send:
    if supabase := settings.supabase:
        return SupabasePasswords(supabase).send_link
    return partial(
        mail_link, frontend_url=settings.frontend_url, public_url=settings.public_url, seal=settings.office.seal
    )


def _send_mail(sessions: Sessions, office: Office, most: int) -> None:
    deadline, left = time.monotonic() + SEND_SECONDS, most
    while left > 0 and time.monotonic() < deadline and (sent := send_due(sessions, office, at=now(), most=left)):
        left -= sent


def _remind(sessions: Sessions, zone: str, days: int) -> None:
    if days < 0:
        return
    remind = partial(remind_members, today=business_date(zone), days=days, at=now())
    while run_transaction(sessions, "identity", remind)[0]:
        pass


def _end_overdue(sessions: Sessions) -> None:
    run_transaction(sessions, "identity", partial(end_overdue, at=now()))


def _forget(sessions: Sessions) -> None:
    with sessions.begin() as session:
        remove_expired(session.connection(), at=now())
