"""The life of a loan: its statuses, what can be done to it, and where that leads. The whole machine is one table."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.errors import Conflict


class InvalidTransition(Conflict):
    """The loan is not in a status that allows this."""


class LoanStatus(StrEnum):
    """Where a loan stands."""

    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    DEFAULTED = "DEFAULTED"
    WRITTEN_OFF = "WRITTEN_OFF"
    CANCELED = "CANCELED"


class LoanAction(StrEnum):
    """What can be done to a loan; the value is the verb for messages."""

    SUBMIT = "submit"
    APPROVE = "approve"
    APPROVE_DRAFT = "approve without a submission"
    REJECT = "reject"
    CANCEL = "cancel"
    DISBURSE = "disburse"
    COMPLETE = "complete"
    DEFAULT = "default"
    REACTIVATE = "reactivate"
    WRITE_OFF = "write off"


_S, _A = LoanStatus, LoanAction

TRANSITIONS: Mapping[tuple[LoanStatus, LoanAction], LoanStatus] = MappingProxyType(
    {
        (_S.DRAFT, _A.SUBMIT): _S.PENDING_APPROVAL,
        (_S.DRAFT, _A.APPROVE_DRAFT): _S.APPROVED,
        (_S.DRAFT, _A.REJECT): _S.CANCELED,
        (_S.PENDING_APPROVAL, _A.APPROVE): _S.APPROVED,
        (_S.PENDING_APPROVAL, _A.REJECT): _S.CANCELED,
        (_S.APPROVED, _A.DISBURSE): _S.ACTIVE,
        # Who asks for CANCELED of an approved loan means the first; rejecting it by name stays possible.
        (_S.APPROVED, _A.CANCEL): _S.CANCELED,
        (_S.APPROVED, _A.REJECT): _S.CANCELED,
        (_S.ACTIVE, _A.COMPLETE): _S.COMPLETED,
        (_S.ACTIVE, _A.DEFAULT): _S.DEFAULTED,
        (_S.ACTIVE, _A.WRITE_OFF): _S.WRITTEN_OFF,
        (_S.DEFAULTED, _A.REACTIVATE): _S.ACTIVE,
        (_S.DEFAULTED, _A.COMPLETE): _S.COMPLETED,
        (_S.DEFAULTED, _A.WRITE_OFF): _S.WRITTEN_OFF,
    }
)

# A member has at most one loan in these; a loan that only starts or has ended does not stand in the way of another.
RUNNING = frozenset({_S.PENDING_APPROVAL, _S.APPROVED, _S.ACTIVE, _S.DEFAULTED})
FINAL = frozenset({_S.COMPLETED, _S.WRITTEN_OFF, _S.CANCELED})
# Schedule and repayments are shown with a loan in these.
WITH_ACCOUNT = frozenset({_S.APPROVED, _S.ACTIVE, _S.COMPLETED, _S.DEFAULTED, _S.WRITTEN_OFF})


def loan_number(number: int) -> str:
    """The number printed on a loan's papers: 1 is `LN00000001`. Grows beyond eight digits rather than start again."""
    return f"LN{number:08d}"


def is_possible(status: LoanStatus, action: LoanAction) -> bool:
    """Whether the action can be taken on a loan in this status."""
    return (status, action) in TRANSITIONS


def transition(status: LoanStatus, action: LoanAction) -> LoanStatus:
    """The status an action leads to. Raises InvalidTransition."""
    try:
        return TRANSITIONS[status, action]
    except KeyError:
        if action is LoanAction.DISBURSE:
            raise InvalidTransition("Only approved loans can be disbursed") from None
        raise refusal(status, _target(action)) from None


def action_towards(status: LoanStatus, target: LoanStatus) -> LoanAction:
    """The action that leads from one status to the other. Raises InvalidTransition when none does."""
    for (start, action), end in TRANSITIONS.items():
        if start is status and end is target:
            return action
    raise refusal(status, target)


def refusal(status: LoanStatus, target: LoanStatus) -> InvalidTransition:
    """The error that says a loan cannot go from one status to the other."""
    return InvalidTransition(f"Cannot transition from {status} to {target}")


def _target(action: LoanAction) -> LoanStatus:
    return next(end for (_, possible), end in TRANSITIONS.items() if possible is action)
