"""What is shown of schedules: those that count, and those that are planned, proposed or past."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Protocol, Unpack
from uuid import UUID

from services.lending.domain.loan import PaymentMethod
from services.lending.domain.preview import Preview
from services.lending.domain.progress import OVERDUE, InstalmentStatus, days_overdue, is_overdue, status_on
from services.lending.domain.proof import Rule
from services.lending.domain.reschedule import EndedLine as EndedLineValue
from services.lending.domain.reschedule import ProposalStatus, ScheduleEnd
from services.lending.domain.terms import Rounding, TermUnit
from services.lending.shapes.conditions import Charges, Interest
from shared import shapes
from shared.money import ZERO

ITEM_STATUSES = (*InstalmentStatus, OVERDUE)
COST_METHOD = (
    "Nominal annual percentage: the rate per period that makes all instalments worth what the member has left after "
    "the fee (internal rate of return), times the periods of a year"
)


class ScheduleItem(shapes.Shape):
    """An instalment as it stands on the day that is given as `today`. The web client knows three parts, so `feeDue`
    holds the penalties too; `penaltyDue` says how much of it they are."""

    id = shapes.identifier()
    loanId = shapes.identifier()
    sequence = shapes.count()
    dueDate = shapes.day(of="due_on")
    principalDue = shapes.money(of="principal")
    interestDue = shapes.money(of="interest")
    feeDue = shapes.money(of=lambda fee, penalty: fee + penalty)
    penaltyDue = shapes.money(of="penalty")
    totalDue = shapes.money(of=lambda principal, interest, fee, penalty: principal + interest + fee + penalty)
    paidAmount = shapes.money(of="paid")
    status = shapes.choice(ITEM_STATUSES, of=status_on)
    isOverdue = shapes.flag(of=is_overdue)
    daysOverdue = shapes.count(of=days_overdue)
    closedAt = shapes.moment(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True, always=None)


class PaymentRef(shapes.Shape):
    id = shapes.identifier()
    amount = shapes.money()
    paidAt = shapes.moment()
    method = shapes.choice(PaymentMethod)


class Allocation(shapes.Shape):
    """The part of a repayment that was put on an instalment; a row is an `Allocated`."""

    id = shapes.identifier()
    repaymentId = shapes.identifier(of=lambda repayment: repayment.id)
    scheduleItemId = shapes.identifier(of="instalment_id")
    amount = shapes.money(of=lambda penalty, fee, interest, principal: penalty + fee + interest + principal)
    penaltyAmount = shapes.money(of="penalty")
    feeAmount = shapes.money(of="fee")
    interestAmount = shapes.money(of="interest")
    principalAmount = shapes.money(of="principal")
    createdAt = shapes.moment(of=lambda repayment: repayment.recorded_at)
    repayment = shapes.nested(PaymentRef, of="repayment")


class Payment(Protocol):
    """A repayment that was put on instalments."""

    id: UUID
    amount: Decimal
    method: str
    paid_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Allocated:
    """A part of a repayment as the event of the repayment carried it."""

    id: str
    instalment_id: str
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    principal: Decimal
    repayment: Payment

    @classmethod
    def of(cls, part: Mapping[str, str], repayment: Payment) -> "Allocated":
        """The part; events of before there were charges name only interest and principal."""
        penalty, fee, interest, principal = (
            Decimal(part.get(name, "0")) for name in ("penalty", "fee", "interest", "principal")
        )
        return cls(part["allocation_id"], part["instalment_id"], penalty, fee, interest, principal, repayment)


class PaidScheduleItem(ScheduleItem):
    """An instalment with what was paid on it; `allocations` are given by the id of the instalment, as text."""

    allocations = shapes.listed(Allocation, of=lambda id, *, allocations: allocations.get(str(id), ()))


def _digits(**options: Unpack[shapes.Options]) -> shapes.Field:
    """A number with all its digits, as text."""
    return replace(shapes.text(**options), form="format({}, 'f')")


class Proof(shapes.Shape):
    """What a line was made from, unrounded: `text` says how to make it again by hand."""

    rule = shapes.choice(Rule)
    text = shapes.text(of=lambda rule: rule.text)
    factor = _digits()
    chargedOn = _digits()
    unroundedInterest = _digits(of="interest")
    unroundedPrincipal = _digits(of="principal", maybe=True)
    levelInstalment = _digits(of="level", maybe=True)
    rounding = shapes.choice(Rounding, of=lambda rounding: rounding.removeprefix("ROUND_"))
    roundedTo = _digits(of="step")
    instalmentMultiple = _digits(of="multiple")
    heldBackInterest = _digits(of="held_back")
    takesTheRest = shapes.flag()


class PlannedLine(shapes.Shape):
    """A line of a schedule that is not kept, with what it was made from."""

    sequence = shapes.count()
    dueDate = shapes.day(of="due_on")
    principalDue = shapes.money(of="principal")
    interestDue = shapes.money(of="interest")
    feeDue = shapes.money(always=f"{ZERO:.2f}")
    totalDue = shapes.money(of="total")
    balanceAfter = shapes.money()
    proof = shapes.nested(Proof, of="proof")


class PlannedTerms(shapes.Shape):
    principalAmount = shapes.money(of="principal")
    termCount = shapes.count()
    termUnit = shapes.choice(TermUnit)
    firstDueDate = shapes.day(of="first_due_on", maybe=True)
    interest = shapes.included(Interest)
    charges = shapes.included(Charges)
    startDate = shapes.day(of="start_on")
    endDate = shapes.day(of="end_on")


class PlannedTotals(shapes.Shape):
    principalAmount = shapes.number(of=lambda terms: terms.principal)
    totalInterest = shapes.number(of=lambda cost: cost.total_interest)
    totalExpected = shapes.number(of=lambda terms, cost: terms.principal + cost.total_interest)
    processingFeeAmount = shapes.number(of="fee")
    disbursedAmount = shapes.number(of="paid_out")


class EffectiveCost(shapes.Shape):
    """`annualPercentageRate` is null where the fee leaves the member nothing; `method` says how it is found."""

    totalInterest = shapes.number()
    fees = shapes.number()
    totalCost = shapes.number()
    annualPercentageRate = shapes.percent(of="nominal_annual_rate", maybe=True)
    method = shapes.text(always=COST_METHOD)


def _planned_terms(row: Preview) -> SimpleNamespace:
    """The terms and conditions of a preview side by side, with the whole fee."""
    terms, charges = row.terms, replace(row.conditions.charges, processing_fee=row.fee)
    return SimpleNamespace(
        principal=terms.principal,
        term_count=terms.term_count,
        term_unit=terms.term_unit,
        first_due_on=terms.first_due_on,
        start_on=row.start_on,
        end_on=row.lines[-1].due_on,
        **asdict(terms.interest),
        **asdict(charges),
    )


class SchedulePreview(shapes.Shape):
    """A `Preview`."""

    terms = shapes.nested(PlannedTerms, of=_planned_terms)
    schedule = shapes.listed(PlannedLine, of="lines")
    totals = shapes.nested(PlannedTotals)
    effectiveCost = shapes.nested(EffectiveCost, of="cost")


class RescheduleScalars(shapes.Shape):
    """The fields of a proposal itself, as the audit trail keeps them."""

    id = shapes.identifier()
    loanId = shapes.identifier()
    scheduleVersion = shapes.count()
    fromDate = shapes.calendar_day(of="from_on")
    termCount = shapes.count()
    termUnit = shapes.choice(TermUnit)
    firstDueDate = shapes.calendar_day(of="first_due_on", maybe=True)
    interest = shapes.included(Interest)
    reason = shapes.text(maybe=True)
    status = shapes.choice(ProposalStatus)
    proposedByUserId = shapes.identifier(of="proposed_by")
    createdAt = shapes.moment(of="proposed_at")
    decidedByUserId = shapes.identifier(of="decided_by", maybe=True)
    decidedAt = shapes.moment(maybe=True)
    decisionNotes = shapes.text(maybe=True)


class Reschedule(RescheduleScalars):
    """A proposal with the `lines` that would come of it, while it waits for a decision on the present schedule."""

    schedule = shapes.listed(PlannedLine, of=shapes.given("lines"), maybe=True)


class EndedLine(shapes.Shape):
    id = shapes.identifier(of="instalment_id")
    sequence = shapes.count()
    dueDate = shapes.day(of="due_on")
    principalDue = shapes.money(of="principal")
    interestDue = shapes.money(of="interest")
    totalDue = shapes.money(of=lambda principal, interest: principal + interest)


class EndedSchedule(shapes.Shape):
    """A schedule that another one replaced, or that was taken away."""

    loanId = shapes.identifier()
    scheduleVersion = shapes.count()
    endedBy = shapes.choice(ScheduleEnd)
    endedAt = shapes.moment()
    endedByUserId = shapes.identifier(of="actor_id", maybe=True)
    scheduleItems = shapes.listed(EndedLine, of=lambda lines: [EndedLineValue.of(line) for line in lines])


class Regenerated(shapes.Shape):
    """A loan whose schedule was made again: how many lines it had, and the `lines` it has now."""

    loanId = shapes.identifier(of="id")
    loanNumber = shapes.text()
    deletedCount = shapes.count(of=shapes.given("former"))
    newScheduleCount = shapes.count(of=lambda *, lines: len(lines))
    scheduleItems = shapes.listed(ScheduleItem, of=shapes.given("lines"))


class Generated(shapes.Shape):
    totalLoans = shapes.count(of="missing")
    generatedCount = shapes.count(of="made")
    errorCount = shapes.count(of=lambda missing, made: missing - made)
