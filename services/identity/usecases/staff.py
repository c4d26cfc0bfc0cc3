"""Taking in members of staff, changing their accounts and removing them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.identity.credentials.common import password_rules
from services.identity.credentials.passwords import NO_PASSWORD, PasswordHashes
from services.identity.domain import staff
from services.identity.domain.password import PasswordRules, check_password
from services.identity.events import UserDeleted, UserUpdated
from services.identity.models import User
from services.identity.queries import accounts
from services.identity.queries.institution import current_settings
from services.identity.steps.sessions import revoke_all
from services.identity.usecases.keepers import Reading
from services.identity.usecases.passwords import check_may_change_password
from services.identity.usecases.staff_changes import (
    Surroundings,
    decide_change,
    snapshot,
    standing_of,
    tell_of_new_passwords,
    tell_of_new_user,
    write_changes,
)
from services.identity.usecases.welcome import welcome
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import RuleViolated
from shared.ids import new_id
from shared.storage import unclaimed
from shared.storage.keys import key_of


class OwnPasswordOnly(RuleViolated):
    """The institution wants staff to choose their passwords themselves."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "Staff choose their password themselves, by a link that is mailed to them: please leave it out.",
            field=field,
        )


class PictureNotUploaded(RuleViolated):
    """A picture is shown from here, so that nobody's page fetches from an address that somebody wrote down."""


def current_rules(reading: Reading) -> PasswordRules:
    """What the institution asks of passwords now."""
    with reading() as connection:
        return password_rules(current_settings(connection).password_min_length)


def check_may_know_password(reading: Reading, *, field: str = "password") -> None:
    """Nothing, unless the institution wants nobody to choose the password of another. Raises OwnPasswordOnly."""
    with reading() as connection:
        if not current_settings(connection).passwords_by_creator:
            raise OwnPasswordOnly(field)


def new_password_hash(reading: Reading, hashes: PasswordHashes, *, password: str, is_own: bool = False) -> str:
    """The hash of a password somebody sets for another, unless it `is_own`; made before any transaction because it
    takes a quarter of a second. Raises OwnPasswordOnly, WeakPassword, TooManySignIns."""
    if not is_own:
        check_may_know_password(reading)
    check_password(password, current_rules(reading))
    return hashes.make(password)


def create_user(
    uow: UnitOfWork, *, by: Actor, role: Role, password_hash: str, login_url: str, at: datetime, **facts: Any
) -> User:
    """Take in a member of staff, and welcome them by mail; a supervisor takes in credit officers under itself. `facts`
    are the other columns of User. With NO_PASSWORD the mail is followed by one with a link to choose a password.

    Raises RoleNotAllowed, InvalidSupervisor, EmailTaken.
    """
    staff.check_new_role(by.role, role)
    user_id = new_id()
    if by.role is Role.SUPERVISOR:
        facts["supervisor_id"] = by.id
    if supervisor_id := facts.get("supervisor_id"):
        around = Surroundings(uow, [user_id], [supervisor_id])
        staff.check_supervision(user_id, role, supervisor_id, around.supervisor(supervisor_id))
    user = User(id=user_id, role=role, password_hash=password_hash, **facts)
    set_origin(user, by, at=at)
    add_user(uow, user, at=at)
    welcome(uow, [user], login_url=login_url, at=at)
    return user


def set_origin(user: User, by: Actor, *, at: datetime) -> None:
    """Write down who makes an account and, with a password in it, who knows that. Its owner may be asked to choose
    another."""
    user.created_by, user.password_is_temporary = by.person_id, user.password_hash != NO_PASSWORD
    if user.password_is_temporary:
        user.password_set_by, user.password_set_at = by.person_id, at


def add_user(uow: UnitOfWork, user: User, *, at: datetime) -> User:
    """Write a new account and tell of it. Raises EmailTaken."""
    tell_of_new_user(uow, user, at=at)
    accounts.save_users(uow.session, user)
    return user


def update_user(
    uow: UnitOfWork,
    *,
    by: Actor,
    user_id: UUID,
    changes: Mapping[str, Any],
    protected: Collection[str],
    picture_key: str | None = None,
    at: datetime,
) -> User:
    """Change the columns of User named in `changes`; a new role, activity or password ends the user's sessions, all
    but the one this is done from. `picture_key` is that of an uploaded file whose path is among the changes; passwords
    of the `protected` addresses stay.

    Raises UserNotFound, FieldNotAllowed, NotWhileImpersonating, PasswordProtected, InvalidSupervisor, EmailTaken,
    LastAdmin, OfficerManagesUnions, SupervisorHasOfficers, PictureNotUploaded, UploadForgotten.
    """
    user = accounts.user_for_update(uow.session, user_id, by)
    supervisor_id = changes.get("supervisor_id")
    around = Surroundings(uow, [user.id], [supervisor_id] if supervisor_id else [])
    decided = decide_change(by, user, changes, around)
    if "password_hash" in decided:
        check_may_change_password(by, user.email, protected)
    if "profile_image" in decided:
        _exchange_picture(uow, user.profile_image, decided["profile_image"], picture_key)
    write_changes(uow, by=by, decided=[(user, decided)], at=at)
    return user


def give_password(
    uow: UnitOfWork, *, by: Actor, user_id: UUID, password_hash: str | None, protected: Collection[str], at: datetime
) -> None:
    """Give somebody a password, to sign in with and change; ends their sessions, all but the one this is done from.
    `password_hash` is None when the password is kept elsewhere.

    Raises UserNotFound, NotWhileImpersonating, PasswordProtected.
    """
    user = accounts.user_for_update(uow.session, user_id, by)
    check_may_change_password(by, user.email, protected)
    user.password_hash = password_hash or user.password_hash
    user.password_is_temporary, user.updated_at = user.id != by.id, at
    if user.password_is_temporary:
        user.password_set_by, user.password_set_at = by.person_id, at
        user.version += 1
        uow.publish(UserUpdated.of(user))
    revoke_all(uow, [user.id], but=by.session_id, reason="password-changed", at=at)
    uow.audit(action="PASSWORD_RESET", entity_name="User", entity_id=user.id)
    tell_of_new_passwords(uow, [user])


def remove_users(uow: UnitOfWork, *, by: Actor, user_ids: Collection[UUID], at: datetime) -> int:
    """Remove members of staff: their accounts are seen no more, and their addresses are free; returns how many. Only
    an admin may; nobody goes when one of them may not.

    Raises UserNotFound, OwnAccount, HasDependants, LastAdmin.
    """
    users = accounts.users_for_update(uow.session, user_ids)
    around = Surroundings(uow, user_ids)
    for user in users:
        staff.check_may_remove(by.id, user.id, around.dependants(user.id))
        was = standing_of(user)
        gone = replace(was, is_active=False)
        around.check_an_admin_stays(was, gone)
        around.expect(user.id, was, gone)
    for user in users:
        _remove(uow, user, at=at)
    revoke_all(uow, [user.id for user in users], but=by.session_id, reason="account-deleted", at=at)
    return len(users)


def _remove(uow: UnitOfWork, user: User, *, at: datetime) -> None:
    user.deleted_at = user.updated_at = at
    user.version += 1
    uow.publish(UserDeleted.of(user))
    uow.audit(action="USER_DELETED", entity_name="User", entity_id=user.id, before=snapshot(user))


def _exchange_picture(uow: UnitOfWork, old_path: str | None, new_path: str | None, key: str | None) -> None:
    if key:
        unclaimed.claim(uow.connection, key)
    elif new_path:
        raise PictureNotUploaded("Please send the picture as a file.", field="profileImage")
    if old_key := key_of(old_path):
        unclaimed.note(uow.connection, old_key)
