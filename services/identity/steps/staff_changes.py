"""Changing accounts, one or many in a transaction: first all is decided by the rules, then all is written."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from services.identity.domain import staff
from services.identity.domain.staff import Dependants, Standing
from services.identity.events import PasswordChanged, UserUpdated
from services.identity.models import User
from services.identity.queries import accounts
from services.identity.queries.dependants import dependants_of
from services.identity.shapes import UserSnapshot
from services.identity.steps.sessions import revoke_all
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.impersonation import check_acts_as_oneself

_NOTHING = Dependants()


class ChangeContext:
    """What the rules ask about the accounts that one transaction changes: each thing is read when it is first asked
    for, and then for all of them."""

    def __init__(self, uow: UnitOfWork, user_ids: Collection[UUID], supervisor_ids: Collection[UUID] = ()) -> None:
        self._uow = uow
        self._user_ids = user_ids
        self._supervisor_ids = supervisor_ids
        self._expected: dict[UUID, Standing] = {}

    def dependants(self, user_id: UUID) -> Dependants:
        """What depends on one of the accounts."""
        return self._dependants.get(user_id, _NOTHING)

    def supervisor(self, supervisor_id: UUID) -> Standing | None:
        """What one of the supervisors is, None when nobody; locked, so that nobody demotes them at the same moment."""
        return self._expected.get(supervisor_id) or self._supervisors.get(supervisor_id)

    def check_an_admin_stays(self, was: Standing, becomes: Standing) -> None:
        """Accept that one of the accounts becomes something else. Raises LastAdmin."""
        staff.check_an_admin_stays(was, becomes, self.other_admins(was, becomes))

    def other_admins(self, was: Standing, becomes: Standing) -> int:
        """How many active admins there are beside one of the accounts that is one and will not be; nobody else becomes
        or leaves one meanwhile. Of others, whom no rule asks it of, 0."""
        return self._admins - 1 if _leaves_the_admins(was, becomes) else 0

    def expect(self, user_id: UUID, was: Standing | None, becomes: Standing) -> None:
        """Note what somebody will be once all that is decided is written; `was` is None for somebody new."""
        self._expected[user_id] = becomes
        if was and _leaves_the_admins(was, becomes):
            self._admins -= 1

    @cached_property
    def _dependants(self) -> Mapping[UUID, Dependants]:
        return dependants_of(self._uow.connection, self._user_ids)

    @cached_property
    def _supervisors(self) -> Mapping[UUID, Standing]:
        users = accounts.live_users(self._uow.session, self._supervisor_ids)
        return {user.id: standing_of(user) for user in users}

    @cached_property
    def _admins(self) -> int:
        accounts.lock_admins(self._uow.session)
        return accounts.active_admins(self._uow.connection)


def _leaves_the_admins(was: Standing, becomes: Standing) -> bool:
    admin = Standing(Role.ADMIN, is_active=True)
    return was == admin and becomes != admin


def standing_of(user: User) -> Standing:
    """What somebody is now."""
    return Standing(user.role, user.is_active)


def decide_change(by: Actor, user: User, requested: Mapping[str, Any], context: ChangeContext) -> dict[str, Any]:
    """The columns of User that change when these values are requested; empty when all are so already.

    Raises FieldNotAllowed, InvalidSupervisor, LastAdmin, OfficerManagesUnions, SupervisorHasOfficers.
    """
    # The web client sends the whole form back, so only what differs is a change.
    changes = {name: value for name, value in requested.items() if getattr(user, name) != value}
    staff.check_may_change(by.role, changes)
    if staff.is_for_admins(changes):
        check_acts_as_oneself(by)
    was = standing_of(user)
    becomes = Standing(changes.get("role", was.role), changes.get("is_active", was.is_active))
    if becomes != was:
        context.check_an_admin_stays(was, becomes)
        dependants = context.dependants(user.id)
        staff.check_unions_stay_managed(was, becomes, len(dependants.unions))
        staff.check_officers_stay_supervised(becomes, len(dependants.officers))
    if by.id == user.id:
        staff.check_not_own_authority(changes)
    if supervisor_id := changes.get("supervisor_id"):
        staff.check_supervision(user.id, becomes.role, supervisor_id, context.supervisor(supervisor_id))
    elif becomes.role is Role.ADMIN and user.supervisor_id:
        changes["supervisor_id"] = None
    if "password_hash" in changes:
        changes["password_is_temporary"] = by.id != user.id
    # Links go to the address, so who chooses it comes by the password too.
    if by.id != user.id and changes.keys() & {"password_hash", "email"}:
        changes["password_set_by"] = by.person_id
    context.expect(user.id, was, becomes)
    return changes


Decided = tuple[User, Mapping[str, Any]]
"""An account, and the columns of it that change."""


def write_changes(uow: UnitOfWork, *, by: Actor, decided: Collection[Decided], at: datetime) -> int:
    """Write and publish what was decided; returns how many accounts changed. A new role, activity or password ends
    the sessions of an account, all but the one this is done from. Raises EmailTaken."""
    changed = [(user, changes) for user, changes in decided if changes]
    for user, changes in changed:
        _write(uow, user, changes, at=at)
    accounts.save_users(uow.session, *(user for user, _ in changed))
    cut_off = [user.id for user, changes in changed if changes.keys() & {"role", "is_active", "password_hash"}]
    if cut_off:
        revoke_all(uow, cut_off, but=by.session_id, reason="account-changed", at=at)
    publish_new_passwords(uow, [user for user, changes in changed if "password_hash" in changes])
    return len(changed)


def publish_new_passwords(uow: UnitOfWork, users: Collection[User]) -> None:
    """Say of accounts that they have another password, so that their owners hear of it."""
    for user in users:
        uow.publish(PasswordChanged.of(user))


def _write(uow: UnitOfWork, user: User, changes: Mapping[str, Any], *, at: datetime) -> None:
    before = UserSnapshot.of(user)
    for name, value in changes.items():
        setattr(user, name, value)
    if "password_set_by" in changes:
        user.password_set_at = at
    user.version += 1
    user.updated_at = at
    uow.publish(UserUpdated.of(user))
    uow.audit(
        action="USER_UPDATED",
        entity_name="User",
        entity_id=user.id,
        before=before,
        after=UserSnapshot.of(user),
        metadata={"passwordChanged": True} if "password_hash" in changes else None,
    )
