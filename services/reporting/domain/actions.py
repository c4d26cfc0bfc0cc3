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
_OLD_ENTITIES = {"Customer": "UnionMember", "Branch": "Union", "BranchTransfer": "UnionTransfer"}
_OLD_BEGINNINGS = {"CUSTOMER_": "UNION_MEMBER_", "BRANCH_": "UNION_"}
_OLD_ACTIONS = {"REPAYMENT_RECORDED": "REPAYMENT_CREATED"}


def entity_named(name: str) -> str:
    """Our name of a kind of thing: `Customer` is `UnionMember`."""
    return _OLD_ENTITIES.get(name, name)


def actions_named(asked: str, actions: Iterable[str]) -> list[str]:
    """Those of the actions that contain what was asked for, in any case, or that an older name stands for."""
    name = asked.upper()
    if name == "LOAN_STATUS_UPDATED":
        return sorted(LOAN_TRANSITIONS.intersection(actions))
    for old, ours in _OLD_BEGINNINGS.items():
        if name.startswith(old):
            name = ours + name.removeprefix(old)
    name = _OLD_ACTIONS.get(name, name)
    return sorted(action for action in actions if name in action)
