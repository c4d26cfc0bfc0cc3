"""Taking in members of staff and changing their accounts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.identity import queries
from services.identity.credentials.passwords import PasswordHashes
from services.identity.domain import staff
from services.identity.domain.password import check_password
from services.identity.domain.staff import Standing
from services.identity.events import UserCreated, UserUpdated
from services.identity.models import User
from services.identity.usecases import sessions
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.ids import new_id


def new_password_hash(hashes: PasswordHashes, *, password: str, by: Actor, user_id: UUID | None = None) -> str:
    """The hash of a password somebody sets for another, or for itself, made before any transaction because it takes a
    quarter of a second. `user_id` is None for an account to come. Raises FieldNotAllowed, WeakPassword, TooManySignIns.
    """
    if user_id:
        staff.check_may_change(by.role, {"password_hash"})
    check_password(password)
    return hashes.make(password)


def create_user(uow: UnitOfWork, *, by: Actor, at: datetime, role: Role, **facts: Any) -> User:
    """Take in a member of staff; a supervisor takes in credit officers under itself. `facts` are columns of User.

    Raises RoleNotAllowed, InvalidSupervisor, EmailTaken.
    """
    staff.check_new_role(by.role, role)
    user_id = new_id()
    if by.role is Role.SUPERVISOR:
        facts["supervisor_id"] = by.id
    if facts.get("supervisor_id"):
        _check_supervisor(uow, user_id, role, facts["supervisor_id"])
    return add_user(uow, User(id=user_id, role=role, **facts), at=at)


def add_user(uow: UnitOfWork, user: User, *, at: datetime) -> User:
    """Write a new account and tell of it. Raises EmailTaken."""
    user.version, user.created_at, user.updated_at = 1, at, at
    queries.save_user(uow.session, user)
    uow.publish(UserCreated.of(user))
    uow.audit(action="USER_CREATED", entity_name="User", entity_id=user.id, after=_snapshot(user))
    return user


def update_user(uow: UnitOfWork, *, by: Actor, user_id: UUID, changes: Mapping[str, Any], at: datetime) -> User:
    """Change the columns of User named in `changes`; a new role, activity or password ends the user's sessions, all
    but the one this is done from.

    Raises UserNotFound, FieldNotAllowed, InvalidSupervisor, EmailTaken, LastAdmin, OfficerManagesUnions,
    SupervisorHasOfficers.
    """
    user = queries.user_for_update(uow.session, user_id, by)
    # The web client sends the whole form back, so only what differs is a change.
    changes = {name: value for name, value in changes.items() if getattr(user, name) != value}
    staff.check_may_change(by.role, changes)
    was = Standing(user.role, user.is_active)
    becomes = Standing(changes.get("role", was.role), changes.get("is_active", was.is_active))
    if becomes != was:
        _check_standing(uow, user.id, was, becomes)
    if by.id == user.id:
        staff.check_not_own_authority(changes)
    if changes.get("supervisor_id"):
        _check_supervisor(uow, user.id, becomes.role, changes["supervisor_id"])
    elif becomes.role is Role.ADMIN and user.supervisor_id:
        changes["supervisor_id"] = None
    if changes:
        _apply(uow, user, changes, at=at)
    if becomes != was or "password_hash" in changes:
        ended = [held for held in queries.live_sessions(uow.session, user.id, at=at) if held.id != by.session_id]
        sessions.revoke(uow, ended, reason="account-changed", at=at)
    return user


def _apply(uow: UnitOfWork, user: User, changes: Mapping[str, Any], *, at: datetime) -> None:
    before = _snapshot(user)
    for name, value in changes.items():
        setattr(user, name, value)
    user.version += 1
    user.updated_at = at
    queries.save_user(uow.session, user)
    uow.publish(UserUpdated.of(user))
    uow.audit(
        action="USER_UPDATED",
        entity_name="User",
        entity_id=user.id,
        before=before,
        after=_snapshot(user),
        metadata={"passwordChanged": True} if "password_hash" in changes else None,
    )


def _check_standing(uow: UnitOfWork, user_id: UUID, was: Standing, becomes: Standing) -> None:
    if was.role is Role.ADMIN:
        queries.lock_admins(uow.session)
        staff.check_an_admin_stays(was, becomes, queries.active_admins(uow.connection, but=user_id))
    staff.check_unions_stay_managed(was, becomes, queries.union_count(uow.connection, user_id))
    staff.check_officers_stay_supervised(becomes, queries.officer_count(uow.connection, user_id))


def _check_supervisor(uow: UnitOfWork, user_id: UUID, role: Role, supervisor_id: UUID) -> None:
    # Locked, so that nobody demotes the supervisor at the same moment.
    supervisor = queries.live_user(uow.session, supervisor_id, lock=True)
    standing = Standing(supervisor.role, supervisor.is_active) if supervisor else None
    staff.check_supervision(user_id, role, supervisor_id, standing)


def _snapshot(user: User) -> dict[str, Any]:
    return {
        "id": str(user.id),
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "phone": user.phone,
        "address": user.address,
        "profileImage": user.profile_image,
        "role": user.role.value,
        "supervisorId": str(user.supervisor_id) if user.supervisor_id else None,
        "isActive": user.is_active,
    }
