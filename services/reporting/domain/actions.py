"""What can be found in the audit trail under the names people ask with, some of them older than ours."""

from collections.abc import Iterable

# What LOAN_STATUS_UPDATED stood for, before each step of a loan had a name of its own.
LOAN_TRANSITIONS = frozenset(
    f"LOAN_{step}"
    for step in (
        "SUBMITTED", "APPROVED", "REJECTED", "CANCELED", "DISBURSED", "COMPLETED", "DEFAULTED", "WRITTEN_OFF",
        "REACTIVATED", "APPROVAL_UNDONE", "DISBURSEMENT_UNDONE",
    )
)  # fmt: skip
_OLD_ENTITIES = {"Customer": "UnionMember", "Branch": "Union"}
_OLD_BEGINNINGS = {"CUSTOMER_": "UNION_MEMBER_", "BRANCH_": "UNION_"}
_OLD_ACTIONS = {"REPAYMENT_RECORDED": "REPAYMENT_CREATED"}


def entity_named(name: str) -> str:
    """Our name of a kind of thing: `Customer` is `UnionMember`."""
    return _OLD_ENTITIES.get(name, name)


def actions_named(asked: str, known: Iterable[str]) -> list[str]:
    """The known actions that contain what was asked for, in any case, or that an older name stands for."""
    wanted = asked.upper()
    if wanted == "LOAN_STATUS_UPDATED":
        return sorted(LOAN_TRANSITIONS.intersection(known))
    for old, ours in _OLD_BEGINNINGS.items():
        if wanted.startswith(old):
            wanted = ours + wanted.removeprefix(old)
    wanted = _OLD_ACTIONS.get(wanted, wanted)
    return sorted(action for action in known if wanted in action)
