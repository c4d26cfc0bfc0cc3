"""What is shown of repayments, of their reversals, and on receipts."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from services.payments.domain.account import LoanStatus
from services.payments.domain.facts import RepaymentKind
from services.payments.domain.methods import METHODS
from services.payments.shapes.loans import LoanInFull, LoanOfRepaymentRow, LoanPaid
from services.payments.shapes.people import Actor
from services.payments.shapes.schedules import Allocation, ScheduleItem, ScheduleItemRef
from shared import shapes
from shared.money import ZERO
from shared.words import full_name


class AllocationOnRef(Allocation):
    scheduleItem = shapes.nested(ScheduleItemRef, id="instalment_id")


class AllocationOnItem(Allocation):
    """An allocation with the instalment it was put on. `instalments` are rows, by their ids."""

    scheduleItem = shapes.nested(ScheduleItem, of=lambda instalment_id, *, instalments: instalments[instalment_id])


class RepaymentScalars(shapes.Shape):
    """A repayment or a reversal. It never changes, so it was last updated when it was recorded."""

    id = shapes.identifier()
    loanId = shapes.identifier()
    receivedByUserId = shapes.identifier(of="received_by")
    amount = shapes.money()
    currencyCode = shapes.text(of="currency")
    paidAt = shapes.moment()
    method = shapes.choice(METHODS)
    reference = shapes.text(maybe=True)
    notes = shapes.text(maybe=True)
    kind = shapes.choice(RepaymentKind)
    reversalOfId = shapes.identifier(maybe=True)
    reversedById = shapes.identifier(maybe=True)
    createdAt = shapes.moment(of="recorded_at")
    updatedAt = shapes.moment(of="recorded_at")
    deletedAt = shapes.moment(maybe=True, always=None)


def receipt_number(account_version: int, *, account: Any) -> str:
    """The number of the receipt of a repayment on this account."""
    return number_of_receipt(account.loan_number, account_version)


def number_of_receipt(loan_number: str, account_version: int) -> str:
    """Made of the loan's number and of how often its account changed, so that no two are the same."""
    return f"{loan_number}-{account_version:04d}"


def _paid(part: str) -> Callable[..., Decimal]:
    """The source of what a repayment paid of one part."""

    def source(*, allocations: Iterable[Any]) -> Decimal:
        return sum((getattr(allocation, part) for allocation in allocations), ZERO)

    return source


class Receipt(shapes.Shape):
    """What a receipt says of a repayment just recorded; its account and its allocations are given."""

    number = shapes.text(of=receipt_number)
    loanNumber = shapes.text(of=lambda *, account: account.loan_number)
    memberCode = shapes.text(maybe=True, of=lambda *, account: account.member_code)
    memberName = shapes.text(of=lambda *, account: full_name(account.member_first_name, account.member_last_name))
    unionName = shapes.text(maybe=True, of=lambda *, account: account.union_name)
    amount = shapes.money()
    currencyCode = shapes.text(of="currency")
    method = shapes.choice(METHODS)
    reference = shapes.text(maybe=True)
    paidOn = shapes.day()
    recordedAt = shapes.moment()
    receivedBy = shapes.text(of="receiver_email", missing="")
    penalty = shapes.money(of=_paid("penalty"))
    fee = shapes.money(of=_paid("fee"))
    interest = shapes.money(of=_paid("interest"))
    principal = shapes.money(of=_paid("principal"))
    totalPaid = shapes.money(of=lambda *, account: account.paid)
    outstanding = shapes.money(of=lambda *, account: account.outstanding)
    loanStatus = shapes.choice(LoanStatus, of=lambda *, account: account.status)


class Recorded(RepaymentScalars):
    """A repayment just recorded; its account and its allocations are given."""

    loan = shapes.nested(LoanPaid, of=shapes.given("account"))
    receivedBy = shapes.nested(Actor, "receiver_", id="received_by")
    allocations = shapes.listed(Allocation, of=shapes.given("allocations"))
    receipt = shapes.nested(Receipt)


class Reversal(RepaymentScalars):
    receivedBy = shapes.nested(Actor, "receiver_", id="received_by")


class RepaymentRow(RepaymentScalars):
    """A repayment of a list. `loans` are rows by their ids, `allocations` lists of rows by the id of the repayment."""

    loan = shapes.nested(LoanOfRepaymentRow, of=lambda loan_id, *, loans: loans[loan_id])
    receivedBy = shapes.nested(Actor, "receiver_", id="received_by")
    allocations = shapes.listed(AllocationOnRef, of=lambda id, *, allocations: allocations[id])


class Repayment(RepaymentScalars):
    """A repayment with its loan and its allocations, which are given."""

    loan = shapes.nested(LoanInFull, of=shapes.given("loan"))
    receivedBy = shapes.nested(Actor, "receiver_", id="received_by")
    allocations = shapes.listed(AllocationOnItem, of=shapes.given("allocations"))


class RecentRepayment(RepaymentScalars):
    loan = shapes.nested(LoanOfRepaymentRow, of=lambda loan_id, *, loans: loans[loan_id])


class AmountSum(shapes.Shape):
    amount = shapes.money()


class MethodSum(shapes.Shape):
    method = shapes.choice(METHODS)
    _sum = shapes.nested(AmountSum)
    _count = shapes.integer(of="number")


class Summary(shapes.Shape):
    """The sums of each method and the latest repayments, whose `loans` are rows by their ids."""

    totalRepayments = shapes.count(of=lambda *, sums: sum(each.number for each in sums))
    totalAmount = shapes.money(of=lambda *, sums: sum((each.amount for each in sums), ZERO))
    methodBreakdown = shapes.listed(MethodSum, of=shapes.given("sums"))
    recentRepayments = shapes.listed(RecentRepayment, of=shapes.given("recent"))
