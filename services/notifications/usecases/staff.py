"""Writing to staff about their accounts. Old events are not written about, so that replaying fills no mailbox."""

from datetime import datetime
from uuid import UUID

from services.notifications.queries import people
from services.notifications.steps.queue import NewMail, is_fresh, queue_mails
from shared.clock import now
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Moment, Payload


class AccountEvent(Payload):
    """Something about the account of a member of staff."""

    user_id: UUID


class AccountOpened(AccountEvent):
    sign_in_url: str


class RecoveryRequested(AccountEvent):
    purpose: str
    sealed_link: str
    expires_at: Moment


class SignedInByLink(AccountEvent):
    signed_in_at: Moment
    ip_address: str | None


class SecurityChanged(Payload):
    changed_settings: list[str]
    changed_at: Moment


def welcome_staff(uow: UnitOfWork, account: AccountOpened, envelope: Envelope) -> None:
    """Say to a new member of staff that they have an account, once."""
    variables = {"link": account.sign_in_url}
    _write(uow, "welcome_user", account, envelope, variables, dedupe=f"welcome {account.user_id}")


def mail_link(uow: UnitOfWork, recovery: RecoveryRequested, envelope: Envelope) -> None:
    """Mail a link to who cannot sign in without it; it stays sealed until the mail is sent."""
    _write(
        uow,
        recovery.purpose,
        recovery,
        envelope,
        sealed_link=recovery.sealed_link,
        expires_at=recovery.expires_at,
    )


def confirm_new_password(uow: UnitOfWork, account: AccountEvent, envelope: Envelope) -> None:
    """Say to somebody that their password is another one now, in case it was not their doing."""
    _write(uow, "password_changed", account, envelope)


def report_blocked_sign_in(uow: UnitOfWork, account: AccountEvent, envelope: Envelope) -> None:
    """Say to somebody that there were many attempts to sign in to their account.

    Once a day at most: who can make us refuse attempts must not be able to fill somebody's mailbox by it.
    """
    dedupe = f"sign_in_blocked {account.user_id} {envelope.occurred_at:%Y-%m-%d}"
    _write(uow, "sign_in_blocked", account, envelope, dedupe=dedupe)


def report_sign_in_by_link(uow: UnitOfWork, sign_in: SignedInByLink, envelope: Envelope) -> None:
    """Say to the owner of an account that somebody came in by a link: whoever got hold of it is seen."""
    variables = {"sign_in_time": _written(sign_in.signed_in_at), "sign_in_address": sign_in.ip_address or "-"}
    _write(uow, "signed_in_by_link", sign_in, envelope, variables)


def report_security_settings(uow: UnitOfWork, change: SecurityChanged, envelope: Envelope) -> None:
    """Write to every admin, the one who did it too, that what keeps one person from doing all alone was changed."""
    if not is_fresh(envelope, now()):
        return
    by = people.colleague(uow.connection, envelope.actor_id) if envelope.actor_id else None
    variables = {
        "changed_by": by.email if by and by.email else "-",
        "changed_settings": ", ".join(change.changed_settings),
        "sign_in_time": _written(change.changed_at),
    }
    template = "security_settings_changed"
    admins = people.active_admins(uow.connection)
    queue_mails(uow, [NewMail(template, to, variables, dedupe=f"{template} {envelope.id} {to}") for to in admins])


def _write(
    uow: UnitOfWork,
    template: str,
    account: AccountEvent,
    envelope: Envelope,
    variables: dict[str, str] | None = None,
    *,
    dedupe: str = "",
    sealed_link: str | None = None,
    expires_at: datetime | None = None,
) -> None:
    if not is_fresh(envelope, now()):
        return
    owner = people.colleague(uow.connection, account.user_id)
    if owner is None or owner.email is None:
        raise CauseMissing("the member of staff is not known yet")
    names = {"officer_name": owner.name}
    dedupe = dedupe or f"{template} {envelope.id}"
    queue_mails(uow, [NewMail(template, owner.email, names | (variables or {}), dedupe, sealed_link, expires_at)])


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
