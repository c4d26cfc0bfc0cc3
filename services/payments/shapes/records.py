"""How a member pays, for who decides whether to lend to them again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from services.payments.domain.account import RUNNING, LoanStatus
from services.payments.domain.collection_sheet import Attendance
from services.payments.domain.punctuality import Punctuality
from services.payments.models.rows import LoanInShort, Marks
from shared import shapes
from shared.money import ZERO


class PaidLoan(NamedTuple):
    """A loan with how punctually it is paid, and what of it is overdue."""

    loan: LoanInShort
    punctuality: Punctuality
    arrears: Decimal


def _number(marks: Mapping[str, Marks], *kinds: Attendance) -> int:
    return sum(marks[kind].number for kind in kinds if kind in marks)


class AttendanceRecord(shapes.Shape):
    """How often the member was at the meetings, as the sheets say; `marks` are given."""

    meetings = shapes.count(of=lambda *, marks: _number(marks, *Attendance))
    paid = shapes.count(of=lambda *, marks: _number(marks, Attendance.PAID))
    present = shapes.count(of=lambda *, marks: _number(marks, Attendance.PRESENT))
    absent = shapes.count(of=lambda *, marks: _number(marks, Attendance.ABSENT))
    since = shapes.calendar_day(
        maybe=True,
        of=lambda *, marks: min((each.first_on for each in marks.values()), default=None),
        description="The first meeting that is counted.",
    )
    lastAbsentOn = shapes.calendar_day(
        maybe=True, of=lambda *, marks: marks[Attendance.ABSENT].last_on if Attendance.ABSENT in marks else None
    )


class PunctualityRecord(shapes.Shape):
    instalmentsDue = shapes.count(of="due")
    paidOnTime = shapes.count(of="on_time")
    paidLate = shapes.count(of="late")
    unpaid = shapes.count()
    onTimePercent = shapes.number(
        maybe=True, of=lambda on_time_rate: None if on_time_rate is None else on_time_rate * 100
    )
    longestDaysLate = shapes.count(of="longest_late_days")


def _owed(loans: Sequence[Any], name: str) -> Decimal:
    return sum((getattr(each.loan, name) for each in loans if each.loan.status in RUNNING), ZERO)


_APPLIED_FOR = frozenset({LoanStatus.DRAFT, LoanStatus.PENDING_APPROVAL})


class Exposure(shapes.Shape):
    """What the institution has at stake with the member; the `paid_loans` are given."""

    runningLoans = shapes.count(of=lambda *, paid_loans: sum(each.loan.status in RUNNING for each in paid_loans))
    outstanding = shapes.money(of=lambda *, paid_loans: _owed(paid_loans, "outstanding"))
    outstandingPrincipal = shapes.money(of=lambda *, paid_loans: _owed(paid_loans, "outstanding_principal"))
    arrears = shapes.money(of=lambda *, paid_loans: sum((each.arrears for each in paid_loans), ZERO))
    appliedFor = shapes.money(
        of=lambda *, paid_loans: sum(
            (each.loan.principal for each in paid_loans if each.loan.status in _APPLIED_FOR), ZERO
        )
    )


class LoanRecord(shapes.Shape):
    """A loan of the member, and how it is paid."""

    loanId = shapes.identifier(of="loan.loan_id")
    loanNumber = shapes.text(of="loan.loan_number")
    status = shapes.choice(LoanStatus, of="loan.status")
    principalAmount = shapes.money(of="loan.principal")
    paid = shapes.money(of="loan.paid")
    outstanding = shapes.money(of="loan.outstanding")
    arrears = shapes.money()
    disbursedOn = shapes.calendar_day(maybe=True, of="loan.disbursed_on")
    closedAt = shapes.moment(maybe=True, of="loan.closed_at")
    punctuality = shapes.nested(PunctualityRecord, of="punctuality")


class MemberRecord(shapes.Shape):
    """How a member pays; all of it is given."""

    memberId = shapes.identifier(of=shapes.given("member_id"))
    on = shapes.calendar_day(of=shapes.given("on"))
    exposure = shapes.nested(Exposure)
    punctuality = shapes.nested(PunctualityRecord, of=shapes.given("punctuality"))
    attendance = shapes.nested(AttendanceRecord)
    loans = shapes.listed(LoanRecord, of=shapes.given("paid_loans"))
