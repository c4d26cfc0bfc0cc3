"""Telling new members of staff that they have an account."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.identity.credentials.passwords import NO_PASSWORD
from services.identity.domain.recovery import LinkPurpose
from services.identity.models import RecoveryRequest, User
from services.identity.queries import accounts
from services.identity.steps.mail_queue import Wanted, queue_mails
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict
from shared.ids import new_id


class HasPassword(Conflict):
    """Only who has no password yet is invited to choose one."""


def welcome(uow: UnitOfWork, users: Collection[User], *, login_url: str, at: datetime) -> None:
    """Mail each of them once; who was given no password gets a link to choose one too."""
    mails = [
        Wanted(
            "welcome_user",
            user.email,
            {"officer_name": user.first_name or user.email, "link": login_url},
            dedupe=f"welcome {user.id}",
        )
        for user in users
    ]
    queue_mails(uow, mails)
    uow.session.add_all(_invitation(user, at) for user in users if user.password_hash == NO_PASSWORD)


def invite_again(uow: UnitOfWork, *, by: Actor, user_id: UUID, at: datetime) -> None:
    """Have a new link to choose a password mailed to somebody who has none yet; the older ones are worthless then.

    Raises UserNotFound, HasPassword.
    """
    user = accounts.user_for_update(uow.session, user_id, by)
    if user.password_hash != NO_PASSWORD:
        raise HasPassword("This person has chosen a password already, and may ask for a new one by themselves.")
    uow.session.add(_invitation(user, at))
    uow.audit(action="USER_INVITED", entity_name="User", entity_id=user.id)


def _invitation(user: User, at: datetime) -> RecoveryRequest:
    return RecoveryRequest(id=new_id(), email=user.email, purpose=LinkPurpose.INVITATION.value, requested_at=at)
