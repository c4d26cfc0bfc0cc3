"""The shapes of schedules that are planned, proposed or past, for the API document. They are written by
`schedule_output.py`."""

from marshmallow import Schema, fields

from services.lending.api import kinds
from services.lending.api.answers import ConditionsAnswer, InterestAnswer, ScheduleItemAnswer
from services.lending.domain.proof import Rule
from services.lending.domain.rescheduling import ProposalStatus, ScheduleEnd
from services.lending.domain.terms import Rounding, TermUnit


class ProofAnswer(Schema):
    """What a line was made from, unrounded: `text` says how to make it again by hand."""

    rule = kinds.choice(Rule)
    text = kinds.text()
    factor = kinds.text()
    chargedOn = kinds.text()
    unroundedInterest = kinds.text()
    unroundedPrincipal = kinds.maybe_text()
    levelInstalment = kinds.maybe_text()
    rounding = kinds.choice(Rounding)
    roundedTo = kinds.text()
    instalmentMultiple = kinds.text()
    heldBackInterest = kinds.text()
    takesTheRest = kinds.flag()


class PlannedLineAnswer(Schema):
    sequence = kinds.count()
    dueDate = kinds.instant()
    principalDue = kinds.money()
    interestDue = kinds.money()
    feeDue = kinds.money()
    totalDue = kinds.money()
    balanceAfter = kinds.money()
    proof = kinds.shape(ProofAnswer)


class PlannedTermsAnswer(ConditionsAnswer):
    principalAmount = kinds.money()
    termCount = kinds.count()
    termUnit = kinds.choice(TermUnit)
    startDate = kinds.instant()
    endDate = kinds.instant()
    firstDueDate = kinds.maybe_instant()


class PlannedTotalsAnswer(Schema):
    principalAmount = kinds.number()
    totalInterest = kinds.number()
    totalExpected = kinds.number()
    processingFeeAmount = kinds.number()
    disbursedAmount = kinds.number()


class EffectiveCostAnswer(Schema):
    """`annualPercentageRate` is null where the fee leaves the member nothing; `method` says how it is found."""

    totalInterest = kinds.number()
    fees = kinds.number()
    totalCost = kinds.number()
    annualPercentageRate = kinds.maybe_money()
    method = kinds.text()


class SchedulePreviewAnswer(Schema):
    terms = kinds.shape(PlannedTermsAnswer)
    schedule = kinds.shapes(PlannedLineAnswer)
    totals = kinds.shape(PlannedTotalsAnswer)
    effectiveCost = kinds.shape(EffectiveCostAnswer)


class RescheduleAnswer(InterestAnswer):
    """`schedule`: the lines that would come of the proposal, while it waits for a decision on the present schedule."""

    id = kinds.identifier()
    loanId = kinds.identifier()
    scheduleVersion = kinds.count()
    fromDate = kinds.instant()
    termCount = kinds.count()
    termUnit = kinds.choice(TermUnit)
    firstDueDate = kinds.maybe_instant()
    reason = kinds.maybe_text()
    status = kinds.choice(ProposalStatus)
    proposedByUserId = kinds.identifier()
    createdAt = kinds.instant()
    decidedByUserId = kinds.identifier(allow_none=True)
    decidedAt = kinds.maybe_instant()
    decisionNotes = kinds.maybe_text()
    schedule = fields.List(fields.Nested(PlannedLineAnswer), required=True, allow_none=True)


class EndedLineAnswer(Schema):
    id = kinds.identifier()
    sequence = kinds.count()
    dueDate = kinds.instant()
    principalDue = kinds.money()
    interestDue = kinds.money()
    totalDue = kinds.money()


class EndedScheduleAnswer(Schema):
    """A schedule that another one replaced, or that was taken away."""

    loanId = kinds.identifier()
    scheduleVersion = kinds.count()
    endedBy = kinds.choice(ScheduleEnd)
    endedAt = kinds.instant()
    endedByUserId = kinds.identifier(allow_none=True)
    scheduleItems = kinds.shapes(EndedLineAnswer)


class RegeneratedAnswer(Schema):
    loanId = kinds.identifier()
    loanNumber = kinds.text()
    deletedCount = kinds.count()
    newScheduleCount = kinds.count()
    scheduleItems = kinds.shapes(ScheduleItemAnswer)


class GeneratedAnswer(Schema):
    totalLoans = kinds.count()
    generatedCount = kinds.count()
    errorCount = kinds.count()
