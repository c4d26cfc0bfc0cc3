"""The shapes of answers, for the API document. What is sent is written by `output.py`; a test holds both together."""

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from services.lending.api import kinds
from services.lending.domain.conditions import OVERRIDES, PenaltyMode
from services.lending.domain.loan import LoanStatus
from services.lending.domain.progress import OVERDUE, InstalmentStatus
from services.lending.domain.terms import Amortization, DayCount, InterestMethod, Rounding, TermUnit
from shared.documents.schemas import DocumentAnswer

ITEM_STATUSES = [*(status.value for status in InstalmentStatus), OVERDUE]


class UserRefAnswer(Schema):
    id = kinds.identifier()
    firstName = kinds.maybe_text()
    lastName = kinds.maybe_text()
    email = kinds.text()


class StaffRefAnswer(UserRefAnswer):
    role = kinds.text()


class InterestAnswer(Schema):
    interestRate = kinds.money()
    interestMethod = kinds.choice(InterestMethod)
    amortization = kinds.choice(Amortization)
    dayCount = kinds.choice(DayCount)
    repayEvery = kinds.count()
    principalGrace = kinds.count()
    interestGrace = kinds.count()
    instalmentMultiple = kinds.maybe_money()
    rounding = kinds.choice(Rounding)


class ConditionsAnswer(InterestAnswer):
    processingFeeAmount = kinds.money()
    processingFeePercent = kinds.money()
    penaltyFeePerDayAmount = kinds.money()
    penaltyGraceDays = kinds.count()
    penaltyMode = kinds.choice(PenaltyMode)
    deductFeeFromDisbursement = kinds.flag()
    rebateUnearnedInterest = kinds.flag()


class LoanTypeCountsAnswer(Schema):
    loans = kinds.count()


class LoanTypeScalarsAnswer(ConditionsAnswer):
    id = kinds.identifier()
    name = kinds.text()
    description = kinds.maybe_text()
    minAmount = kinds.money()
    maxAmount = kinds.money()
    termUnit = kinds.choice(TermUnit)
    minTerm = kinds.count()
    maxTerm = kinds.count()
    allowedOverrides = fields.List(fields.String(validate=OneOf(list(OVERRIDES.values()))), required=True)
    isActive = kinds.flag()
    createdAt = kinds.instant()
    updatedAt = kinds.instant()
    deletedAt = kinds.maybe_instant()


class LoanTypeAnswer(LoanTypeScalarsAnswer):
    counts = kinds.shape(LoanTypeCountsAnswer, data_key="_count")


class LoanTypeRefAnswer(Schema):
    id = kinds.identifier()
    name = kinds.text()
    minAmount = kinds.money()
    maxAmount = kinds.money()


class MemberRefAnswer(Schema):
    id = kinds.identifier()
    code = kinds.text()
    firstName = kinds.text()
    lastName = kinds.text()
    email = kinds.maybe_text()
    phone = kinds.maybe_text()


class MemberAnswer(MemberRefAnswer):
    address = kinds.maybe_text()
    dateOfBirth = kinds.maybe_instant()
    gender = kinds.maybe_text()
    maritalStatus = kinds.maybe_text()
    profession = kinds.maybe_text()
    company = kinds.maybe_text()
    city = kinds.maybe_text()
    state = kinds.maybe_text()
    country = kinds.maybe_text()
    zipCode = kinds.maybe_text()
    note = kinds.maybe_text()
    profileImage = kinds.maybe_text()
    isVerified = kinds.flag()
    unionId = kinds.identifier()
    branchId = kinds.identifier()
    currentOfficerId = kinds.identifier()
    createdAt = kinds.maybe_instant()
    updatedAt = kinds.maybe_instant()


class UnionRefAnswer(Schema):
    id = kinds.identifier()
    name = kinds.text()
    location = kinds.maybe_text()


class UnionAnswer(UnionRefAnswer):
    address = kinds.maybe_text()
    creditOfficerId = kinds.identifier()
    creditOfficer = kinds.shape(StaffRefAnswer)
    createdAt = kinds.instant()
    updatedAt = kinds.instant()


class LoanScalarsAnswer(ConditionsAnswer):
    """The fields of a loan itself."""

    id = kinds.identifier()
    loanNumber = kinds.text()
    unionMemberId = kinds.identifier()
    customerId = kinds.identifier()
    unionId = kinds.identifier()
    branchId = kinds.identifier()
    loanTypeId = kinds.identifier(allow_none=True)
    principalAmount = kinds.money()
    currencyCode = kinds.text()
    termCount = kinds.count()
    termUnit = kinds.choice(TermUnit)
    startDate = kinds.instant()
    endDate = kinds.instant()
    firstDueDate = kinds.maybe_instant()
    processingFeeCollected = kinds.flag()
    requestedAmount = kinds.maybe_money()
    status = kinds.choice(LoanStatus)
    createdByUserId = kinds.identifier()
    assignedOfficerId = kinds.identifier()
    submittedAt = kinds.maybe_instant()
    approvedAt = kinds.maybe_instant()
    approvedByUserId = kinds.identifier(allow_none=True)
    disbursedAt = kinds.maybe_instant()
    disbursementMethod = kinds.maybe_text()
    disbursementReference = kinds.maybe_text()
    disbursedAmount = kinds.maybe_money()
    closedAt = kinds.maybe_instant()
    notes = kinds.maybe_text()
    createdAt = kinds.instant()
    updatedAt = kinds.instant()
    deletedAt = kinds.maybe_instant()


class LoanWithStaffAnswer(LoanScalarsAnswer):
    assignedOfficer = kinds.shape(StaffRefAnswer)
    createdByUser = kinds.shape(StaffRefAnswer)
    createdBy = kinds.shape(StaffRefAnswer)
    totalPaid = kinds.number()
    totalOutstanding = kinds.number()


class LoanRowCountsAnswer(Schema):
    repayments = kinds.count()
    scheduleItems = kinds.count()


class LoanRowAnswer(LoanWithStaffAnswer):
    unionMember = kinds.shape(MemberRefAnswer)
    customer = kinds.shape(MemberRefAnswer)
    union = kinds.shape(UnionRefAnswer)
    branch = kinds.shape(UnionRefAnswer)
    loanType = kinds.shape(LoanTypeRefAnswer, allow_none=True)
    counts = kinds.shape(LoanRowCountsAnswer, data_key="_count")


class ScheduleItemAnswer(Schema):
    id = kinds.identifier()
    loanId = kinds.identifier()
    sequence = kinds.count()
    dueDate = kinds.instant()
    principalDue = kinds.money()
    interestDue = kinds.money()
    feeDue = kinds.money()
    penaltyDue = kinds.money()
    totalDue = kinds.money()
    paidAmount = kinds.money()
    status = kinds.text(validate=OneOf(ITEM_STATUSES))
    isOverdue = kinds.flag()
    daysOverdue = kinds.count()
    closedAt = kinds.maybe_instant()
    createdAt = kinds.instant()
    updatedAt = kinds.instant()
    deletedAt = kinds.maybe_instant()


class PaymentRefAnswer(Schema):
    id = kinds.identifier()
    amount = kinds.money()
    paidAt = kinds.instant()
    method = kinds.text()


class AllocationAnswer(Schema):
    id = kinds.identifier()
    repaymentId = kinds.identifier()
    scheduleItemId = kinds.identifier()
    amount = kinds.money()
    penaltyAmount = kinds.money()
    feeAmount = kinds.money()
    interestAmount = kinds.money()
    principalAmount = kinds.money()
    createdAt = kinds.instant()
    repayment = kinds.shape(PaymentRefAnswer)


class PaidScheduleItemAnswer(ScheduleItemAnswer):
    allocations = kinds.shapes(AllocationAnswer)


class RepaymentAnswer(Schema):
    id = kinds.identifier()
    loanId = kinds.identifier()
    receivedByUserId = kinds.identifier()
    amount = kinds.money()
    currencyCode = kinds.text()
    paidAt = kinds.instant()
    method = kinds.text()
    reference = kinds.maybe_text()
    notes = kinds.maybe_text()
    kind = kinds.text()
    reversalOfId = kinds.identifier(allow_none=True)
    reversedById = kinds.identifier(allow_none=True)
    createdAt = kinds.instant()
    updatedAt = kinds.instant()
    deletedAt = kinds.maybe_instant()
    receivedBy = kinds.shape(UserRefAnswer)


class LoanDetailCountsAnswer(LoanRowCountsAnswer):
    documents = kinds.count()


class LoanDocumentAnswer(DocumentAnswer):
    loanId = kinds.identifier()
    guarantorId = kinds.maybe_text()


class GuarantorAnswer(Schema):
    id = kinds.text()
    name = kinds.text()
    documents = kinds.shapes(LoanDocumentAnswer)


class LoanDetailAnswer(LoanWithStaffAnswer):
    """Schedule and repayments are there from the approval on, unless the loan was canceled."""

    unionMember = kinds.shape(MemberAnswer)
    customer = kinds.shape(MemberAnswer)
    union = kinds.shape(UnionAnswer)
    branch = kinds.shape(UnionAnswer)
    loanType = kinds.shape(LoanTypeScalarsAnswer, allow_none=True)
    documents = kinds.shapes(LoanDocumentAnswer)
    guarantors = kinds.shapes(GuarantorAnswer)
    counts = kinds.shape(LoanDetailCountsAnswer, data_key="_count")
    scheduleItems = fields.List(fields.Nested(ScheduleItemAnswer))
    repayments = fields.List(fields.Nested(RepaymentAnswer))


class LoanSummaryAnswer(Schema):
    loanId = kinds.identifier()
    loanNumber = kinds.text()
    status = kinds.choice(LoanStatus)
    principalAmount = kinds.number()
    totalInterest = kinds.number()
    totalExpected = kinds.number()
    totalPaid = kinds.number()
    totalOutstanding = kinds.number()
    overdueAmount = kinds.number()
    overdueCount = kinds.count()
    daysOverdue = kinds.count()
    completionPercentage = kinds.number()
    processingFeeAmount = kinds.number()
    penaltyAccrued = kinds.number()
    nextDueDate = kinds.maybe_instant()
    nextDueAmount = kinds.number()


class LoanStatsAnswer(Schema):
    """`overdue` counts running loans with an unpaid instalment past due. `totalAmount` is the principal of all these
    loans, `outstandingAmount` what is owed on those that were paid out."""

    total = kinds.count()
    draft = kinds.count()
    pending = kinds.count()
    approved = kinds.count()
    active = kinds.count()
    completed = kinds.count()
    defaulted = kinds.count()
    writtenOff = kinds.count()
    canceled = kinds.count()
    overdue = kinds.count()
    totalAmount = kinds.number()
    totalPaid = kinds.number()
    outstandingAmount = kinds.number()
