"""Taking in members of staff, changing their accounts and removing them, one or many in a transaction."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.identity.domain import staff
from services.identity.domain.password import check_may_change_password
from services.identity.domain.staff import BulkOperation
from services.identity.events import UserDeleted, UserUpdated
from services.identity.models import User
from services.identity.queries import accounts
from services.identity.shapes import UserSnapshot
from services.identity.steps.new_staff import add_users, set_origin, welcome
from services.identity.steps.sessions import revoke_all
from services.identity.steps.staff_changes import (
    ChangeContext,
    decide_change,
    publish_new_passwords,
    standing_of,
    write_changes,
)
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import Misdirected, RuleViolated
from shared.ids import new_id
from shared.storage import unclaimed
from shared.storage.keys import key_of


class RoleMissing(RuleViolated):
    """A change of role that does not say to which."""


class UnionsAssignedElsewhere(Misdirected):
    """Unions belong to another service, which assigns them together with their members and loans."""


class PictureNotUploaded(RuleViolated):
    """A picture is shown from here, so that nobody's page fetches from an address that somebody wrote down."""


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
        context = ChangeContext(uow, [user_id], [supervisor_id])
        staff.check_supervision(user_id, role, supervisor_id, context.supervisor(supervisor_id))
    user = User(id=user_id, role=role, password_hash=password_hash, **facts)
    set_origin(user, by, at=at)
    add_users(uow, [user], at=at)
    welcome(uow, [user], login_url=login_url, at=at)
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
    context = ChangeContext(uow, [user.id], [supervisor_id] if supervisor_id else [])
    decided = decide_change(by, user, changes, context)
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
    publish_new_passwords(uow, [user])


def remove_users(uow: UnitOfWork, *, by: Actor, user_ids: Collection[UUID], at: datetime) -> int:
    """Remove members of staff: their accounts are seen no more, and their addresses are free; returns how many. Only
    an admin may; nobody goes when one of them may not.

    Raises UserNotFound, OwnAccount, HasDependants, LastAdmin.
    """
    users = accounts.users_for_update(uow.session, user_ids)
    context = ChangeContext(uow, user_ids)
    for user in users:
        was = standing_of(user)
        gone = replace(was, is_active=False)
        dependants, other_admins = context.dependants(user.id), context.other_admins(was, gone)
        staff.check_may_remove(by.id, user.id, was, dependants, other_admins=other_admins)
        context.expect(user.id, was, gone)
    for user in users:
        _remove(uow, user, at=at)
    revoke_all(uow, [user.id for user in users], but=by.session_id, reason="account-deleted", at=at)
    return len(users)


def _remove(uow: UnitOfWork, user: User, *, at: datetime) -> None:
    user.deleted_at = user.updated_at = at
    user.version += 1
    uow.publish(UserDeleted.of(user))
    uow.audit(action="USER_DELETED", entity_name="User", entity_id=user.id, before=UserSnapshot.of(user))


def _exchange_picture(uow: UnitOfWork, old_path: str | None, new_path: str | None, key: str | None) -> None:
    if key:
        unclaimed.claim(uow.connection, key)
    elif new_path:
        raise PictureNotUploaded("Please send the picture as a file.", field="profile_image")
    if old_key := key_of(old_path):
        unclaimed.note(uow.connection, old_key)


def do_to_all(
    uow: UnitOfWork, *, by: Actor, user_ids: Collection[UUID], operation: BulkOperation, role: Role | None, at: datetime
) -> int:
    """Do this to all the accounts; returns how many it changed. `role` is the one that CHANGE_ROLE gives. Each account
    has its audit entry, and the whole has one.

    Raises RoleMissing, UnionsAssignedElsewhere, UserNotFound, FieldNotAllowed, LastAdmin, OfficerManagesUnions,
    SupervisorHasOfficers, OwnAccount, HasDependants.
    """
    if operation is BulkOperation.DELETE:
        affected = remove_users(uow, by=by, user_ids=user_ids, at=at)
    else:
        affected = _change_all(uow, by=by, user_ids=user_ids, column_and_value=_change(operation, role), at=at)
    requested = {"operation": operation.value, "userIds": [str(user_id) for user_id in user_ids]}
    counts = {"requestedCount": len(user_ids), "affectedCount": affected}
    role_given = {"role": role.value} if role and operation is BulkOperation.CHANGE_ROLE else {}
    uow.audit(
        action="BULK_USER_OPERATION",
        entity_name="User",
        # The entry is about many accounts; it stands with the one that did it.
        entity_id=by.id,
        metadata=requested | counts | role_given,
    )
    return affected


def _change_all(
    uow: UnitOfWork, *, by: Actor, user_ids: Collection[UUID], column_and_value: dict[str, Role | bool], at: datetime
) -> int:
    users = accounts.users_for_update(uow.session, user_ids)
    context = ChangeContext(uow, user_ids)
    decided = [(user, decide_change(by, user, column_and_value, context)) for user in users]
    return write_changes(uow, by=by, decided=decided, at=at)


def _change(operation: BulkOperation, role: Role | None) -> dict[str, Role | bool]:
    match operation:
        case BulkOperation.ACTIVATE:
            return {"is_active": True}
        case BulkOperation.DEACTIVATE:
            return {"is_active": False}
        case BulkOperation.CHANGE_ROLE if role:
            return {"role": role}
        case BulkOperation.CHANGE_ROLE:
            raise RoleMissing("Please say which role.", field="role")
        case _:
            raise UnionsAssignedElsewhere("Unions are not assigned here.")
