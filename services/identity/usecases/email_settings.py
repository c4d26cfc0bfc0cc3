"""The mail server: what is set of it, and trying it out."""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row

from services.identity import wire
from services.identity.credentials.sealing import Seal, SealBroken
from services.identity.domain.addresses import check_host
from services.identity.domain.institution import SETTINGS_ID, Institution
from services.identity.domain.templates import Letter
from services.identity.models import EmailSetting
from services.identity.post.office import Office, Sender
from services.identity.post.smtp import MailServer, NotSent
from services.identity.queries.institution import email_settings_for_update
from shared.db import UnitOfWork
from shared.errors import RuleViolated
from shared.ids import new_id
from shared.telemetry import log


class MailNotAccepted(RuleViolated):
    """The mail server did not take the mail; the message says what it said."""


class MailHasNoWayOut(RuleViolated):
    """There is neither a mail server nor a mail folder."""


class PasswordNotKept(RuleViolated):
    """The password that is stored belongs to another mail server or sign-in than the one that is named."""


# Who the stored password is for, and how well it is hidden on its way: another of these needs it typed again.
_SIGN_IN = ("smtp_host", "smtp_port", "smtp_username", "smtp_encryption")


def change_email_settings(uow: UnitOfWork, office: Office, *, changes: Mapping[str, Any], at: datetime) -> EmailSetting:
    """Change how mail is sent. The mask instead of a password keeps the one there is, for the same server and sign-in.
    Raises InternalHost, PasswordNotKept."""
    row = email_settings_for_update(uow.session)
    before, old_password = wire.email_settings(row), row.smtp_password
    for name, value in sealed(row, changes, office).items():
        setattr(row, name, value)
    row.updated_at = at
    metadata = {"passwordChanged": True} if row.smtp_password != old_password else None
    uow.audit(
        action="EMAIL_SETTINGS_UPDATED",
        entity_name="Settings",
        entity_id=SETTINGS_ID,
        before=before,
        after=wire.email_settings(row),
        metadata=metadata,
    )
    return row


def sealed(row: Any, changes: Mapping[str, Any], office: Office) -> dict[str, Any]:
    """The changes of `row` as columns of EmailSetting: nothing is an empty text, and the password is sealed or, masked,
    left out. Where nobody signs in any more the stored password goes. Raises InternalHost, PasswordNotKept."""
    columns = {name: "" if value is None else value for name, value in changes.items()}
    if columns.get("smtp_password") == wire.MASK:
        del columns["smtp_password"]
    if host := columns.get("smtp_host"):
        columns["smtp_host"] = host.lower()
        check_host(columns["smtp_host"], office.allowed_hosts)
    if "smtp_password" in columns:
        columns["smtp_password"] = office.seal.seal(columns["smtp_password"])
    elif row.smtp_password and any(columns.get(name, kept) != kept for name, kept in _sign_in_of(row).items()):
        if columns.get("smtp_host", row.smtp_host) and columns.get("smtp_username", row.smtp_username):
            message = "Please type the password again: it is kept only while host, port, user and encryption stay."
            raise PasswordNotKept(message, field="smtpPassword")
        columns["smtp_password"] = ""
    return columns


def _sign_in_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SIGN_IN}


def draft_sender(row: Row[Any], institution: Institution, changes: Mapping[str, Any], office: Office) -> Sender:
    """Who would write if these changes were made. Raises InternalHost, PasswordNotKept."""
    return sender_of(SimpleNamespace(**(dict(row._mapping) | sealed(row, changes, office))), institution, office.seal)


def sender_of(row: Any, institution: Institution, seal: Seal) -> Sender:
    """Who writes, by these settings."""
    server = None
    if row.smtp_host:
        server = MailServer(
            host=row.smtp_host,
            port=row.smtp_port,
            username=row.smtp_username,
            password=_password(row.smtp_password, seal),
            encryption=row.smtp_encryption,
        )
    return Sender(
        from_email=row.from_email or institution.email, from_name=row.from_name or institution.name, server=server
    )


def send_now(office: Office, sender: Sender, letter: Letter, *, to: str, at: datetime) -> str:
    """Send a letter while somebody waits for it, and say where it went. Raises MailHasNoWayOut, MailNotAccepted."""
    if not office.has_way_out(sender):
        raise MailHasNoWayOut("No mail server is set up.")
    try:
        with office.open(sender) as counter:
            counter.send(letter, mail_id=new_id(), to=to, at=at)
    except NotSent as error:
        raise MailNotAccepted(error.message) from error
    if sender.server is None:
        return f"No mail server is set up: the mail to {to} was written to the mail folder."
    return f"The mail server accepted a mail to {to}."


def _password(sealed_password: str, seal: Seal) -> str:
    try:
        return seal.open(sealed_password)
    except SealBroken as error:
        # The key was replaced without the old one beside it. The server will refuse the sign-in, and an admin sees why.
        log.error("mail_password_unreadable", error=str(error))
        return ""
