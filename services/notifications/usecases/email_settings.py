"""The mail server: what is set of it, and trying it out."""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.notifications import shapes
from services.notifications.domain.addresses import check_host
from services.notifications.domain.institution import Institution
from services.notifications.domain.templates import Message
from services.notifications.mailer.mailer import Mailer, Sender
from services.notifications.mailer.smtp import NotSent
from services.notifications.models import EmailSetting
from services.notifications.queries.settings import email_settings_for_update
from services.notifications.steps.sender import sender_of
from shared.db import UnitOfWork
from shared.errors import RuleViolated
from shared.ids import new_id

# In the audit trail all settings are one thing, whichever service keeps them.
SETTINGS_ID = UUID("5e77195e-0000-4000-8000-000000000001")


class MailNotAccepted(RuleViolated):
    """The mail server did not take the mail; the message says what it said."""


class MailHasNoWayOut(RuleViolated):
    """There is neither a mail server nor a mail folder."""


class PasswordNotKept(RuleViolated):
    """The password that is stored belongs to another mail server or sign-in than the one that is named."""


# Who the stored password is for, and how well it is hidden on its way: another of these needs it typed again.
_SIGN_IN = ("smtp_host", "smtp_port", "smtp_username", "smtp_encryption")


def change_email_settings(uow: UnitOfWork, mailer: Mailer, *, changes: Mapping[str, Any], at: datetime) -> EmailSetting:
    """Change how mail is sent. The mask instead of a password keeps the one there is, for the same server and sign-in.
    Raises InternalHost, PasswordNotKept."""
    row = email_settings_for_update(uow.session)
    before, old_password = shapes.EmailSettings.of(row), row.smtp_password
    for name, value in _columns(row, changes, mailer).items():
        setattr(row, name, value)
    row.updated_at = at
    metadata = {"passwordChanged": True} if row.smtp_password != old_password else None
    uow.audit(
        action="EMAIL_SETTINGS_UPDATED",
        entity_name="Settings",
        entity_id=SETTINGS_ID,
        before=before,
        after=shapes.EmailSettings.of(row),
        metadata=metadata,
    )
    return row


def draft_sender(row: Row[Any], institution: Institution, changes: Mapping[str, Any], mailer: Mailer) -> Sender:
    """Who would write if these changes were made. Raises InternalHost, PasswordNotKept."""
    return sender_of(SimpleNamespace(**(dict(row._mapping) | _columns(row, changes, mailer))), institution, mailer.seal)


def send_now(mailer: Mailer, sender: Sender, message: Message, *, to: str, at: datetime) -> str:
    """Send a mail while somebody waits for it, and say where it went. Raises MailHasNoWayOut, MailNotAccepted."""
    if not mailer.has_way_out(sender):
        raise MailHasNoWayOut("No mail server is set up.")
    try:
        with mailer.open(sender) as transport:
            transport.send(message, mail_id=new_id(), to=to, at=at)
    except NotSent as error:
        raise MailNotAccepted(error.message) from error
    if sender.server is None:
        return f"No mail server is set up: the mail to {to} was written to the mail folder."
    return f"The mail server accepted a mail to {to}."


def _columns(row: Any, changes: Mapping[str, Any], mailer: Mailer) -> dict[str, Any]:
    """The changes of `row` as columns of EmailSetting: nothing is an empty text, and the password is sealed or, masked,
    left out. Where nobody signs in any more the stored password goes. Raises InternalHost, PasswordNotKept."""
    columns = {name: "" if value is None else value for name, value in changes.items()}
    if columns.get("smtp_password") == shapes.MASK:
        del columns["smtp_password"]
    if host := columns.get("smtp_host"):
        columns["smtp_host"] = host.lower()
        check_host(columns["smtp_host"], mailer.allowed_hosts)
    if "smtp_password" in columns:
        columns["smtp_password"] = mailer.seal.seal(columns["smtp_password"])
    elif row.smtp_password and any(columns.get(name, kept) != kept for name, kept in _sign_in_of(row).items()):
        if columns.get("smtp_host", row.smtp_host) and columns.get("smtp_username", row.smtp_username):
            message = "Please type the password again: it is kept only while host, port, user and encryption stay."
            raise PasswordNotKept(message, field="smtpPassword")
        columns["smtp_password"] = ""
    return columns


def _sign_in_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SIGN_IN}
