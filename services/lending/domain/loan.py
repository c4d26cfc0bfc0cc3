"""The life of a loan: its statuses, what can be done to it, by whom, and where that leads. It is all one table."""

from dataclasses import dataclass
from enum import StrEnum

from shared.context import Role
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
    UNDO_APPROVAL = "undo the approval"
    REJECT = "reject"
    CANCEL = "cancel"
    DISBURSE = "disburse"
    UNDO_DISBURSEMENT = "undo the disbursement"
    COMPLETE = "complete"
    REOPEN = "reopen"
    DEFAULT = "default"
    REACTIVATE = "reactivate"
    WRITE_OFF = "write off"


class PaymentMethod(StrEnum):
    """How money was handed over, to the member or by the member."""

    CASH = "CASH"
    TRANSFER = "TRANSFER"
    POS = "POS"
    MOBILE = "MOBILE"
    USSD = "USSD"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table: what leads from `start` to `end`, and who may take it with the loans in their scope.

    `by_status`: it is also taken by asking for the status by name.
    """

    start: LoanStatus
    action: LoanAction
    end: LoanStatus
    roles: frozenset[Role]
    by_status: bool = False


_S, _A = LoanStatus, LoanAction
_APPLY = frozenset({Role.ADMIN, Role.CREDIT_OFFICER})
_DECIDE = frozenset({Role.ADMIN, Role.SUPERVISOR})
_ADMIN = frozenset({Role.ADMIN})
# What nobody asks for: it follows from the payments.
_NOBODY: frozenset[Role] = frozenset()

LIFE = (
    Step(_S.DRAFT, _A.SUBMIT, _S.PENDING_APPROVAL, _APPLY, by_status=True),
    Step(_S.DRAFT, _A.APPROVE_DRAFT, _S.APPROVED, _ADMIN, by_status=True),
    Step(_S.DRAFT, _A.REJECT, _S.CANCELED, _DECIDE, by_status=True),
    Step(_S.PENDING_APPROVAL, _A.APPROVE, _S.APPROVED, _DECIDE, by_status=True),
    Step(_S.PENDING_APPROVAL, _A.REJECT, _S.CANCELED, _DECIDE, by_status=True),
    Step(_S.APPROVED, _A.UNDO_APPROVAL, _S.PENDING_APPROVAL, _DECIDE),
    Step(_S.APPROVED, _A.DISBURSE, _S.ACTIVE, _DECIDE, by_status=True),
    # Who asks for CANCELED of an approved loan means the first; rejecting it by name stays possible.
    Step(_S.APPROVED, _A.CANCEL, _S.CANCELED, _DECIDE, by_status=True),
    Step(_S.APPROVED, _A.REJECT, _S.CANCELED, _DECIDE),
    Step(_S.ACTIVE, _A.UNDO_DISBURSEMENT, _S.APPROVED, _DECIDE),
    Step(_S.ACTIVE, _A.COMPLETE, _S.COMPLETED, _DECIDE, by_status=True),
    Step(_S.ACTIVE, _A.DEFAULT, _S.DEFAULTED, _DECIDE, by_status=True),
    Step(_S.ACTIVE, _A.WRITE_OFF, _S.WRITTEN_OFF, _DECIDE, by_status=True),
    Step(_S.DEFAULTED, _A.REACTIVATE, _S.ACTIVE, _DECIDE, by_status=True),
    Step(_S.DEFAULTED, _A.COMPLETE, _S.COMPLETED, _DECIDE, by_status=True),
    Step(_S.DEFAULTED, _A.WRITE_OFF, _S.WRITTEN_OFF, _DECIDE, by_status=True),
    Step(_S.COMPLETED, _A.REOPEN, _S.ACTIVE, _NOBODY),
)
_STEPS = {(step.start, step.action): step for step in LIFE}

# A member has at most one loan in these; a loan that only starts or has ended does not stand in the way of another.
RUNNING = frozenset({_S.PENDING_APPROVAL, _S.APPROVED, _S.ACTIVE, _S.DEFAULTED})
FINAL = frozenset({_S.COMPLETED, _S.WRITTEN_OFF, _S.CANCELED})
# What is outstanding on these was handed out and is still asked for.
PAID_OUT = frozenset({_S.ACTIVE, _S.DEFAULTED})
# Schedule and repayments are shown with a loan in these.
WITH_ACCOUNT = frozenset({_S.APPROVED, _S.ACTIVE, _S.COMPLETED, _S.DEFAULTED, _S.WRITTEN_OFF})
# An officer may still change or withdraw an application in these; a loan type stays while a loan is in one of those.
UNDECIDED = frozenset({_S.DRAFT, _S.PENDING_APPROVAL})
UNFINISHED = RUNNING | UNDECIDED

_REFUSALS = {
    _A.DISBURSE: "Only approved loans can be disbursed",
    _A.UNDO_APPROVAL: "Only the approval of a loan that is not disbursed can be undone",
    _A.UNDO_DISBURSEMENT: "Only the disbursement of an active loan can be undone",
}


def loan_number(number: int) -> str:
    """The number printed on a loan's papers: 1 is `LN00000001`. Grows beyond eight digits rather than start again."""
    return f"LN{number:08d}"


def roles_for(action: LoanAction) -> tuple[Role, ...]:
    """Who may take an action, from some status at least."""
    return tuple(role for role in Role if any(step.action is action and role in step.roles for step in LIFE))


def is_possible(status: LoanStatus, action: LoanAction) -> bool:
    """Whether the action can be taken on a loan in this status."""
    return (status, action) in _STEPS


def transition(status: LoanStatus, action: LoanAction) -> LoanStatus:
    """The status an action leads to. Raises InvalidTransition."""
    if step := _STEPS.get((status, action)):
        return step.end
    if action in _REFUSALS:
        raise InvalidTransition(_REFUSALS[action])
    raise refusal(status, next(step.end for step in LIFE if step.action is action))


def action_towards(status: LoanStatus, target: LoanStatus, by: Role) -> LoanAction:
    """The action by which staff of this role bring a loan from one status to another that they ask for by name.

    Raises InvalidTransition when there is none.
    """
    for step in LIFE:
        if step.start is status and step.end is target and step.by_status and by in step.roles:
            return step.action
    raise refusal(status, target)


def refusal(status: LoanStatus, target: LoanStatus) -> InvalidTransition:
    """The error that says a loan cannot go from one status to the other."""
    return InvalidTransition(f"Cannot transition from {status} to {target}")
