"""The shapes of schedules that are planned, proposed or past, for the API document. They are written by
`schedule_output.py`."""

from marshmallow import Schema, fields

from services.lending.api.answers import ConditionsAnswer, InterestAnswer, ScheduleItemAnswer
from services.lending.domain.proof import Rule
from services.lending.domain.reschedule import ProposalStatus, ScheduleEnd
from services.lending.domain.terms import Rounding, TermUnit
from shared.web import shapes


class ProofAnswer(Schema):
    """What a line was made from, unrounded: `text` says how to make it again by hand."""

    rule = shapes.choice(Rule)
    text = shapes.text()
    factor = shapes.text()
    chargedOn = shapes.text()
    unroundedInterest = shapes.text()
    unroundedPrincipal = shapes.text(maybe=True)
    levelInstalment = shapes.text(maybe=True)
    rounding = shapes.choice(Rounding)
    roundedTo = shapes.text()
    instalmentMultiple = shapes.text()
    heldBackInterest = shapes.text()
    takesTheRest = shapes.flag()


class PlannedLineAnswer(Schema):
    sequence = shapes.count()
    dueDate = shapes.day()
    principalDue = shapes.money()
    interestDue = shapes.money()
    feeDue = shapes.money()
    totalDue = shapes.money()
    balanceAfter = shapes.money()
    proof = shapes.shape(ProofAnswer)


class PlannedTermsAnswer(ConditionsAnswer):
    principalAmount = shapes.money()
    termCount = shapes.count()
    termUnit = shapes.choice(TermUnit)
    startDate = shapes.day()
    endDate = shapes.day()
    firstDueDate = shapes.day(maybe=True)


class PlannedTotalsAnswer(Schema):
    principalAmount = shapes.number()
    totalInterest = shapes.number()
    totalExpected = shapes.number()
    processingFeeAmount = shapes.number()
    disbursedAmount = shapes.number()


class EffectiveCostAnswer(Schema):
    """`annualPercentageRate` is null where the fee leaves the member nothing; `method` says how it is found."""

    totalInterest = shapes.number()
    fees = shapes.number()
    totalCost = shapes.number()
    annualPercentageRate = shapes.percent(maybe=True)
    method = shapes.text()


class SchedulePreviewAnswer(Schema):
    terms = shapes.shape(PlannedTermsAnswer)
    schedule = shapes.shapes(PlannedLineAnswer)
    totals = shapes.shape(PlannedTotalsAnswer)
    effectiveCost = shapes.shape(EffectiveCostAnswer)


class RescheduleAnswer(InterestAnswer):
    """`schedule`: the lines that would come of the proposal, while it waits for a decision on the present schedule."""

    id = shapes.identifier()
    loanId = shapes.identifier()
    scheduleVersion = shapes.count()
    fromDate = shapes.day()
    termCount = shapes.count()
    termUnit = shapes.choice(TermUnit)
    firstDueDate = shapes.day(maybe=True)
    reason = shapes.text(maybe=True)
    status = shapes.choice(ProposalStatus)
    proposedByUserId = shapes.identifier()
    createdAt = shapes.moment()
    decidedByUserId = shapes.identifier(maybe=True)
    decidedAt = shapes.moment(maybe=True)
    decisionNotes = shapes.text(maybe=True)
    schedule = fields.List(fields.Nested(PlannedLineAnswer), required=True, allow_none=True)


class EndedLineAnswer(Schema):
    id = shapes.identifier()
    sequence = shapes.count()
    dueDate = shapes.day()
    principalDue = shapes.money()
    interestDue = shapes.money()
    totalDue = shapes.money()


class EndedScheduleAnswer(Schema):
    """A schedule that another one replaced, or that was taken away."""

    loanId = shapes.identifier()
    scheduleVersion = shapes.count()
    endedBy = shapes.choice(ScheduleEnd)
    endedAt = shapes.moment()
    endedByUserId = shapes.identifier(maybe=True)
    scheduleItems = shapes.shapes(EndedLineAnswer)


class RegeneratedAnswer(Schema):
    loanId = shapes.identifier()
    loanNumber = shapes.text()
    deletedCount = shapes.count()
    newScheduleCount = shapes.count()
    scheduleItems = shapes.shapes(ScheduleItemAnswer)


class GeneratedAnswer(Schema):
    totalLoans = shapes.count()
    generatedCount = shapes.count()
    errorCount = shapes.count()
