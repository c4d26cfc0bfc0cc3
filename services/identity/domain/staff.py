"""Who may be what, under whom, and who may change it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from shared.context import Role
from shared.errors import Conflict, Forbidden, RuleViolated

# The admin-register page announces this limit.
MAX_ADMINS = 6
_NAMES_SHOWN = 5

_AUTHORITY = frozenset({"role", "is_active", "supervisor_id"})
_ADMIN_ONLY = _AUTHORITY | {"email", "password_hash"}
# What the message calls a field that is refused, as the forms of the clients do.
_CALLED = {"is_active": "isActive", "supervisor_id": "supervisorId", "password_hash": "password"}


class RoleNotAllowed(Forbidden):
    """This actor may not bring in somebody with this role."""


class FieldNotAllowed(Forbidden):
    """This part of an account is not for this actor to change."""


class InvalidSupervisor(RuleViolated):
    """The person named cannot supervise this one."""


class LastAdmin(Conflict):
    """Somebody must stay able to administer the platform."""


class OfficerManagesUnions(Conflict):
    """The unions need another officer first."""


class SupervisorHasOfficers(Conflict):
    """The officers need another supervisor first."""


class OwnAccount(Conflict):
    """Nobody removes the account they act with."""


class HasDependants(Conflict):
    """Somebody or something still depends on this person."""


class RegistrationClosed(Conflict):
    """There is an admin already, or there are as many as may be."""


class BulkOperation(StrEnum):
    """What can be done to many accounts at once."""

    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    CHANGE_ROLE = "changeRole"
    DELETE = "delete"
    # Unions are membership's, and it assigns them.
    ASSIGN_UNION = "assignBranch"


class ImportOutcome(StrEnum):
    """What becomes of a row of a file of staff."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is at one moment."""

    role: Role
    is_active: bool


@dataclass(frozen=True, slots=True)
class Dependants:
    """What depends on a member of staff: unions managed and people supervised, by name, and how many open loans the
    members of those unions have."""

    unions: tuple[str, ...] = ()
    officers: tuple[str, ...] = ()
    open_loans: int = 0


def check_registration(registrar: Role | None, admins: int) -> None:
    """Accept anybody, `registrar` None included, while nobody is an active admin; then only an admin, up to MAX_ADMINS.
    Raises RegistrationClosed, RoleNotAllowed."""
    if not admins:
        return
    if registrar not in (None, Role.ADMIN):
        raise RoleNotAllowed("You do not have permission to register an admin.")
    if registrar is None or admins >= MAX_ADMINS:
        raise RegistrationClosed("Admin registration is not allowed.")


def check_new_role(creator: Role, role: Role) -> None:
    """Accept any role from an admin and credit officers from a supervisor. Raises RoleNotAllowed."""
    if creator is not Role.ADMIN and role is not Role.CREDIT_OFFICER:
        raise RoleNotAllowed("You do not have permission to create this role.", field="role")


def check_supervision(user_id: UUID, role: Role, supervisor_id: UUID, supervisor: Standing | None) -> None:
    """Accept an active admin or supervisor over anybody but an admin or themselves; `supervisor` is None when nobody
    has that id. Raises InvalidSupervisor."""
    if role is Role.ADMIN:
        raise InvalidSupervisor("An admin has no supervisor.", field="supervisor_id")
    if supervisor is None or not supervisor.is_active:
        raise InvalidSupervisor("Supervisor not found.", field="supervisor_id")
    if supervisor.role is Role.CREDIT_OFFICER or supervisor_id == user_id:
        raise InvalidSupervisor("A supervisor must be another supervisor or an admin.", field="supervisor_id")


def check_may_change(changer: Role, fields: Collection[str]) -> None:
    """Accept any change from an admin and changes of the profile from others. Raises FieldNotAllowed."""
    if changer is not Role.ADMIN:
        _refuse(_ADMIN_ONLY.intersection(fields), "You do not have permission to change {}.")


def is_for_admins(fields: Collection[str]) -> bool:
    """Whether one of these changes is for admins alone."""
    return not _ADMIN_ONLY.isdisjoint(fields)


def check_not_own_authority(fields: Collection[str]) -> None:
    """Accept changes of one's own account that leave one's authority as it is. Raises FieldNotAllowed."""
    _refuse(_AUTHORITY.intersection(fields), "You do not have permission to change your own {}.")


def _refuse(fields: Collection[str], reason: str) -> None:
    if fields:
        field = min(fields)
        name = _CALLED.get(field, field)
        raise FieldNotAllowed(reason.format(name), field=name)


def check_an_admin_stays(before: Standing, after: Standing, other_admins: int) -> None:
    """`other_admins` counts the active ones beside this person. Raises LastAdmin."""
    admin = Standing(Role.ADMIN, is_active=True)
    if before == admin and after != admin and not other_admins:
        raise LastAdmin("This is the last active admin.")


def check_unions_stay_managed(before: Standing, after: Standing, unions: int) -> None:
    """`unions` counts those this person is the credit officer of. Raises OfficerManagesUnions."""
    if unions and after != before and after != Standing(Role.CREDIT_OFFICER, is_active=True):
        raise OfficerManagesUnions(f"This officer still manages {unions} union(s); assign them to another one first.")


def check_officers_stay_supervised(after: Standing, officers: int) -> None:
    """`officers` counts those this person supervises. Raises SupervisorHasOfficers."""
    if officers and after.role is Role.CREDIT_OFFICER:
        raise SupervisorHasOfficers(f"This person still supervises {officers} officer(s); move them first.")


def check_may_remove(
    remover_id: UUID, user_id: UUID, was: Standing, dependants: Dependants, *, other_admins: int
) -> None:
    """Accept the removal of anybody but oneself on whom nothing depends, and but the last admin; `other_admins` counts
    the active ones beside this person. Raises OwnAccount, HasDependants, LastAdmin."""
    if remover_id == user_id:
        raise OwnAccount("You cannot delete your own account.")
    reasons = []
    if dependants.unions:
        reasons.append(f"manages {len(dependants.unions)} union(s): {_some(dependants.unions)}")
    if dependants.officers:
        reasons.append(f"supervises {len(dependants.officers)} officer(s): {_some(dependants.officers)}")
    if dependants.open_loans:
        reasons.append(f"has {dependants.open_loans} open loan(s)")
    if reasons:
        raise HasDependants(f"This person cannot be deleted: {'; '.join(reasons)}. Hand them over first.")
    check_an_admin_stays(was, replace(was, is_active=False), other_admins)


def _some(names: tuple[str, ...]) -> str:
    """The first few of many names."""
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
