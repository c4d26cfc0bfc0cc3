"""The worker of identity."""

from datetime import timedelta
from functools import partial

from services.identity.backup import CONTENTS
from services.identity.consumers import handlers
from services.identity.queries.retention import remove_expired
from services.identity.settings import Settings
from services.identity.steps.password_providers import SupabasePasswords
from services.identity.steps.restore import HOOKS
from services.identity.steps.sessions import end_overdue
from services.identity.steps.takeover import make_rows
from services.identity.usecases.recovery import Send, answer_requests, mail_link
from services.identity.usecases.restatement import KINDS
from shared.backup.participant import Participant
from shared.clock import now
from shared.db import Sessions, run_transaction
from shared.erasure.sweeps import sweeping
from shared.restatement import restating
from shared.restore.participant import Restorer
from shared.takeover.part import Takeover
from shared.worker import Timer, Worker

# A session ends at most so much later than the settings say.
END_SECONDS = 30


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus and relays the outbox; its heartbeat tells the gateway that revocations still arrive."""
    return Worker(handlers, settings, timers(settings), heartbeat=True)


def timers(settings: Settings) -> list[Timer]:
    """What is due every so many seconds."""
    protected = frozenset(address.lower() for address in settings.protected_emails)
    links = partial(answer_requests, send=_link_sender(settings), protected=protected, clock=now)
    return [
        Timer(1, links, apart=True),
        *Participant(CONTENTS, settings).timers(),
        *Restorer(CONTENTS, settings, KINDS, HOOKS, takeover=Takeover(make_rows, settings.company_time_zone)).timers(),
        Timer(60, partial(_remove_expired, sessions_kept=timedelta(days=settings.session_keep_days))),
        Timer(END_SECONDS, _end_overdue),
        restating("identity", KINDS),
        sweeping(),
    ]


def _link_sender(settings: Settings) -> Send:
    if supabase := settings.supabase:
        return SupabasePasswords(supabase).send_link
    return partial(
        mail_link, frontend_url=settings.frontend_url, public_url=settings.public_url, seal=settings.seal_of_links
    )


def _end_overdue(sessions: Sessions) -> None:
    run_transaction(sessions, "identity", partial(end_overdue, at=now()))


def _remove_expired(sessions: Sessions, sessions_kept: timedelta) -> None:
    with sessions.begin() as session:
        remove_expired(session.connection(), at=now(), sessions_kept=sessions_kept)
