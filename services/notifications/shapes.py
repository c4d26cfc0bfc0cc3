"""What notifications shows of the mail server, the templates and the mails, in answers and in the audit trail."""

from datetime import datetime
from uuid import UUID

from services.notifications.domain.mail import ENCRYPTIONS, MailStatus
from services.notifications.domain.templates import template_id
from shared import shapes

MASK = "********"


def _mask(smtp_password: str) -> str:
    return MASK if smtp_password else ""


def _id(key: str) -> UUID:
    return template_id(key)


def _while_waiting(status: str, next_try_at: datetime) -> datetime | None:
    return next_try_at if status == MailStatus.PENDING else None


class EmailSettings(shapes.Shape):
    """How mail is sent. Of the password only whether there is one."""

    smtpHost = shapes.text()
    smtpPort = shapes.integer()
    smtpUsername = shapes.text()
    smtpPassword = shapes.text(of=_mask)
    smtpEncryption = shapes.choice(ENCRYPTIONS)
    fromEmail = shapes.text()
    fromName = shapes.text()
    enabled = shapes.flag()


class MailTest(shapes.Shape):
    success = shapes.flag(always=True)
    message = shapes.text(of=shapes.given("message"))


class TemplateSnapshot(shapes.Shape):
    """A template as the audit trail keeps it."""

    key = shapes.text()
    subject = shapes.text()
    content = shapes.text()
    emailEnabled = shapes.flag()
    smsEnabled = shapes.flag()


class Template(shapes.Shape):
    """An e-mail template as it is now."""

    id = shapes.identifier(of=_id)
    key = shapes.text()
    module = shapes.text()
    subject = shapes.text()
    content = shapes.text()
    emailEnabled = shapes.flag()
    smsEnabled = shapes.flag()
    variables = shapes.listed(shapes.text())
    updatedAt = shapes.moment(maybe=True, of=shapes.given("updated_at"))


class Preview(shapes.Shape):
    subject = shapes.text()
    html = shapes.text()
    text = shapes.text()


class Mail(shapes.Shape):
    """A mail in the queue, or what became of it."""

    id = shapes.identifier()
    template = shapes.text()
    to = shapes.text(of="recipient")
    status = shapes.choice(MailStatus)
    attempts = shapes.integer()
    error = shapes.text(maybe=True)
    subject = shapes.text(maybe=True)
    content = shapes.text(maybe=True)
    createdAt = shapes.moment()
    nextTryAt = shapes.moment(maybe=True, of=_while_waiting)
    finishedAt = shapes.moment(maybe=True)
