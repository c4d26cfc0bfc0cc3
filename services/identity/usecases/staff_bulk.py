"""Doing the same to many accounts at once, under the same rules as to one: all of them, or none."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.identity.domain.staff import BulkOperation
from services.identity.queries import accounts
from services.identity.usecases.staff import remove_users
from services.identity.usecases.staff_changes import Surroundings, decide_change, write_changes
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import Misdirected, RuleViolated


class RoleMissing(RuleViolated):
    """A change of role that does not say to which."""


class UnionsAssignedElsewhere(Misdirected):
    """Unions belong to another service, which assigns them together with their members and loans."""


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
    around = Surroundings(uow, user_ids)
    decided = [(user, decide_change(by, user, column_and_value, around)) for user in users]
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
