"""New members of staff: written and published, and welcomed."""

from collections.abc import Collection
from datetime import datetime

from services.identity.credentials.passwords import NO_PASSWORD
from services.identity.domain.recovery import LinkPurpose
from services.identity.events import AccountOpened, UserCreated
from services.identity.models import RecoveryRequest, User
from services.identity.queries import accounts
from services.identity.shapes import UserSnapshot
from shared import epochs
from shared.context import Actor
from shared.db import UnitOfWork
from shared.ids import new_id


def set_origin(user: User, by: Actor, *, at: datetime) -> None:
    """Write down who makes an account and, with a password in it, who knows that. Its owner may be asked to choose
    another."""
    user.created_by, user.password_is_temporary = by.person_id, user.password_hash != NO_PASSWORD
    if user.password_is_temporary:
        user.password_set_by, user.password_set_at = by.person_id, at


def add_users(uow: UnitOfWork, users: Collection[User], *, at: datetime) -> None:
    """Write new accounts and publish them. Raises EmailTaken."""
    version = epochs.first_version(uow.connection, uow.source)
    for user in users:
        user.version, user.created_at, user.updated_at = version, at, at
        uow.publish(UserCreated.of(user))
        uow.audit(action="USER_CREATED", entity_name="User", entity_id=user.id, after=UserSnapshot.of(user))
    accounts.save_users(uow.session, *users)


def welcome(uow: UnitOfWork, users: Collection[User], *, login_url: str, at: datetime) -> None:
    """Have each of them welcomed; who was given no password gets a link to choose one too."""
    for user in users:
        uow.publish(AccountOpened.of(user, sign_in_url=login_url))
    uow.session.add_all(invitation_to(user, at) for user in users if user.password_hash == NO_PASSWORD)


def invitation_to(user: User, at: datetime) -> RecoveryRequest:
    """What has the worker mail somebody a link to choose their first password."""
    return RecoveryRequest(id=new_id(), email=user.email, purpose=LinkPurpose.INVITATION.value, requested_at=at)
