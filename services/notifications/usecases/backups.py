"""Mails to the admins about backups that failed: nobody looks at a list in which everything is well."""

from services.notifications.queries import people
from services.notifications.steps.queue import NewMail, is_fresh, queue_mails
from shared.backup.tasks import EndEvent
from shared.clock import now
from shared.db import UnitOfWork
from shared.messaging.events import Envelope

_TEMPLATE = "backup_failed"


def report_failure(uow: UnitOfWork, ended: EndEvent, envelope: Envelope) -> None:
    """Write to every admin that a backup failed, and why. One that somebody deleted while it was made did not fail."""
    if not ended.error or envelope.actor_id or not is_fresh(envelope, now()):
        return
    variables = {"backup_error": ended.error, "backup_time": f"{envelope.occurred_at:%Y-%m-%d %H:%M} UTC"}
    admins = people.active_admins(uow.connection)
    queue_mails(uow, [NewMail(_TEMPLATE, to, variables, dedupe=f"{_TEMPLATE} {envelope.id} {to}") for to in admins])
