"""Having a mail tried again."""

from datetime import datetime
from uuid import UUID

from services.notifications.domain.mail import LINKS, MailStatus
from services.notifications.models import Mail
from services.notifications.queries import mails
from shared.db import UnitOfWork
from shared.errors import Conflict


class MailNotGivenUp(Conflict):
    """The mail is still being tried, or is gone."""


def retry_mail(uow: UnitOfWork, *, mail_id: UUID, at: datetime) -> Mail:
    """Have a mail tried again that was given up or held back. Raises MailNotFound, MailNotGivenUp."""
    queued = mails.mail_for_update(uow.session, mail_id)
    if queued.status not in (MailStatus.DEAD, MailStatus.SKIPPED):
        raise MailNotGivenUp("This mail was not given up.")
    if queued.template in LINKS:
        raise MailNotGivenUp("This mail held a link, which is not kept. Please ask for a new one.")
    before = queued.status
    queued.status, queued.attempts, queued.next_try_at, queued.finished_at = MailStatus.PENDING, 0, at, None
    uow.audit(
        action="EMAIL_RETRIED",
        entity_name="Settings",
        entity_id=queued.id,
        before={"status": before},
        after={"status": queued.status, "template": queued.template, "to": queued.recipient},
    )
    return queued
