"""Inviting somebody once more to choose their first password."""

from datetime import datetime
from uuid import UUID

from services.identity.credentials.passwords import NO_PASSWORD
from services.identity.queries import accounts
from services.identity.steps.new_staff import invitation_to
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict


class HasPassword(Conflict):
    """Only who has no password yet is invited to choose one."""


def invite_again(uow: UnitOfWork, *, by: Actor, user_id: UUID, at: datetime) -> None:
    """Have a new link to choose a password mailed to somebody who has none yet; the older ones are worthless then.

    Raises UserNotFound, HasPassword.
    """
    user = accounts.user_for_update(uow.session, user_id, by)
    if user.password_hash != NO_PASSWORD:
        raise HasPassword("This person has chosen a password already, and may ask for a new one by themselves.")
    uow.session.add(invitation_to(user, at))
    uow.audit(action="USER_INVITED", entity_name="User", entity_id=user.id)
