"""The mail server, templates and mails in the words of the web client."""

from typing import Any

from services.identity.domain.mail import MailStatus
from services.identity.domain.templates import Kept, template_id
from shared.wire import timestamp

Json = dict[str, Any]

MASK = "********"


def email_settings(settings: Any) -> Json:
    """How mail is sent. Of the password only whether there is one."""
    return {
        "smtpHost": settings.smtp_host,
        "smtpPort": settings.smtp_port,
        "smtpUsername": settings.smtp_username,
        "smtpPassword": MASK if settings.smtp_password else "",
        "smtpEncryption": settings.smtp_encryption,
        "fromEmail": settings.from_email,
        "fromName": settings.from_name,
        "enabled": settings.enabled,
    }


def template(kept: Kept) -> Json:
    """An e-mail template as it is now."""
    shown = kept.template
    return {
        "id": str(template_id(shown.key)),
        "key": shown.key,
        "module": shown.module,
        "subject": shown.subject,
        "content": shown.content,
        "emailEnabled": shown.email_enabled,
        "smsEnabled": shown.sms_enabled,
        "variables": list(shown.variables),
        "updatedAt": timestamp(kept.updated_at),
    }


def mail(row: Any) -> Json:
    """A mail in the queue, or what became of it."""
    is_waiting = row.status == MailStatus.PENDING
    return {
        "id": str(row.id),
        "template": row.template,
        "to": row.recipient,
        "status": row.status,
        "attempts": row.attempts,
        "error": row.error,
        "subject": row.subject,
        "content": row.content,
        "createdAt": timestamp(row.created_at),
        "nextTryAt": timestamp(row.next_try_at) if is_waiting else None,
        "finishedAt": timestamp(row.finished_at),
    }
