"""Rules about the credit officer who is responsible for a union and for all of its members."""

from dataclasses import dataclass
from uuid import UUID

from shared.errors import RuleViolated

CREDIT_OFFICER, ADMIN = "CREDIT_OFFICER", "ADMIN"


class NotACreditOfficer(RuleViolated):
    """Only a credit officer can be responsible for a union."""


class OfficerInactive(RuleViolated):
    """The officer's account is switched off."""


class OfficerOfAnotherUnion(RuleViolated):
    """A member's officer is always the officer of the member's union."""


@dataclass(frozen=True, slots=True)
class Officer:
    """What the rules need to know of a member of staff."""

    id: UUID
    role: str
    is_active: bool


def check_union_officer(officer: Officer) -> None:
    """Accept an active credit officer. Raises NotACreditOfficer, OfficerInactive."""
    if officer.role != CREDIT_OFFICER:
        raise NotACreditOfficer("Only a credit officer can be responsible for a union.", field="creditOfficerId")
    if not officer.is_active:
        raise OfficerInactive("The credit officer is inactive.", field="creditOfficerId")


def check_member_officer(chosen: Officer | None, union_officer_id: UUID) -> None:
    """Accept the officer of the union; `chosen` is None when there is no such officer. Raises OfficerOfAnotherUnion."""
    if chosen is not None and chosen.id == union_officer_id:
        return
    reason = "Officer must belong to the same union."
    if chosen is not None and chosen.role == ADMIN:
        reason = "Admin cannot be assigned to a member."
    raise OfficerOfAnotherUnion(reason, field="currentOfficerId")
