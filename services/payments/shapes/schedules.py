"""What is shown of instalments, and of the parts of repayments that were put on them."""

from datetime import date

from services.payments.domain.arrears import days_in_arrears, is_overdue, status_shown
from services.payments.domain.instalment import InstalmentStatus
from services.payments.domain.methods import METHODS
from services.payments.shapes.loans import LoanOfScheduleRow, LoanWithType
from services.payments.shapes.people import User
from shared import shapes


class ScheduleItemRef(shapes.Shape):
    id = shapes.identifier()
    sequence = shapes.count()
    dueDate = shapes.day(of="due_on")


def _is_overdue(status: str, due_on: date, *, today: date) -> bool:
    return is_overdue(InstalmentStatus(status), due_on, on=today)


def _days_overdue(status: str, due_on: date, *, today: date) -> int:
    return days_in_arrears([due_on], on=today) if _is_overdue(status, due_on, today=today) else 0


def _status_shown(status: str, due_on: date, *, today: date) -> InstalmentStatus:
    return status_shown(InstalmentStatus(status), due_on, on=today)


class ScheduleItem(shapes.Shape):
    """An instalment as it stands on the day `today`. The web client knows three parts, so `feeDue` holds the penalties
    too; `penaltyDue` says how much of it they are."""

    id = shapes.identifier()
    loanId = shapes.identifier()
    sequence = shapes.count()
    dueDate = shapes.day(of="due_on")
    principalDue = shapes.money(of="principal")
    interestDue = shapes.money(of="interest")
    feeDue = shapes.money(of=lambda fee, penalty: fee + penalty)
    penaltyDue = shapes.money(of="penalty")
    totalDue = shapes.money(of="total")
    paidAmount = shapes.money(of="paid")
    status = shapes.choice(InstalmentStatus, of=_status_shown)
    isOverdue = shapes.flag(of=_is_overdue)
    daysOverdue = shapes.count(of=_days_overdue)
    closedAt = shapes.moment(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True, always=None)


class ScheduleRow(ScheduleItem):
    """An instalment of a list. `loans` holds what LoanOfScheduleRow writes of each loan, by its id."""

    loan = shapes.nested(LoanOfScheduleRow, of=lambda loan_id, *, loans: loans[loan_id], written=True)


class Allocation(shapes.Shape):
    id = shapes.identifier()
    repaymentId = shapes.identifier()
    scheduleItemId = shapes.identifier(of="instalment_id")
    amount = shapes.money()
    penaltyAmount = shapes.money(of="penalty")
    feeAmount = shapes.money(of="fee")
    interestAmount = shapes.money(of="interest")
    principalAmount = shapes.money(of="principal")
    createdAt = shapes.moment()


class RepaymentOfAllocation(shapes.Shape):
    """The repayment an allocation is part of, as the schedule of a loan shows it."""

    id = shapes.identifier(of="repayment_id")
    amount = shapes.money(of="repayment_amount")
    method = shapes.choice(METHODS)
    paidAt = shapes.moment()
    reference = shapes.text(maybe=True)
    notes = shapes.text(maybe=True)
    receivedBy = shapes.nested(User, "receiver_", id="received_by")


class AllocationOfRepayment(Allocation):
    repayment = shapes.nested(RepaymentOfAllocation)


class ScheduleItemWithAllocations(ScheduleItem):
    """An instalment with what was put on it. `allocations` are rows, by the id of the instalment."""

    allocations = shapes.listed(AllocationOfRepayment, of=lambda id, *, allocations: allocations[id])


class LoanSchedule(shapes.Shape):
    """A loan with its schedule, and what can be collected on a day; all of it is given."""

    loan = shapes.nested(LoanWithType, of=shapes.given("loan"))
    schedule = shapes.listed(ScheduleItemWithAllocations, of=shapes.given("instalments"))
    dueToday = shapes.money(of=lambda *, collectable: collectable.due_today)
    arrears = shapes.money(of=lambda *, collectable: collectable.arrears)
    settlement = shapes.money(of=shapes.given("settlement"))
