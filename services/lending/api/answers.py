"""The shapes of answers, for the API document. What is sent is written by `output.py`; a test holds both together."""

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from services.lending.api.bodies import DisbursementMethod
from services.lending.domain.conditions import PenaltyMode
from services.lending.domain.loan import LoanStatus
from services.lending.domain.progress import OVERDUE, InstalmentStatus
from services.lending.domain.terms import Amortization, DayCount, InterestMethod, Rounding, TermUnit
from services.lending.wire import CONDITION_NAMES
from shared.context import Role
from shared.documents.schemas import DocumentAnswer
from shared.web import shapes

ITEM_STATUSES = [*(status.value for status in InstalmentStatus), OVERDUE]


class UserRefAnswer(Schema):
    id = shapes.identifier()
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)
    email = shapes.text()


class StaffRefAnswer(UserRefAnswer):
    role = shapes.choice(Role)


class InterestAnswer(Schema):
    interestRate = shapes.percent()
    interestMethod = shapes.choice(InterestMethod)
    amortization = shapes.choice(Amortization)
    dayCount = shapes.choice(DayCount)
    repayEvery = shapes.count()
    principalGrace = shapes.count()
    interestGrace = shapes.count()
    instalmentMultiple = shapes.money(maybe=True)
    rounding = shapes.choice(Rounding)


class ConditionsAnswer(InterestAnswer):
    processingFeeAmount = shapes.money()
    processingFeePercent = shapes.percent()
    penaltyFeePerDayAmount = shapes.money()
    penaltyGraceDays = shapes.count()
    penaltyMode = shapes.choice(PenaltyMode)
    deductFeeFromDisbursement = shapes.flag()
    rebateUnearnedInterest = shapes.flag()


class LoanTypeCountsAnswer(Schema):
    loans = shapes.count()


class LoanTypeScalarsAnswer(ConditionsAnswer):
    id = shapes.identifier()
    name = shapes.text()
    description = shapes.text(maybe=True)
    minAmount = shapes.money()
    maxAmount = shapes.money()
    termUnit = shapes.choice(TermUnit)
    minTerm = shapes.count()
    maxTerm = shapes.count()
    allowedOverrides = fields.List(fields.String(validate=OneOf(list(CONDITION_NAMES.values()))), required=True)
    isActive = shapes.flag()
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)


class LoanTypeAnswer(LoanTypeScalarsAnswer):
    counts = shapes.shape(LoanTypeCountsAnswer, data_key="_count")


class LoanTypeRefAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text()
    minAmount = shapes.money()
    maxAmount = shapes.money()


class MemberRefAnswer(Schema):
    id = shapes.identifier()
    code = shapes.text()
    firstName = shapes.text()
    lastName = shapes.text()
    email = shapes.text(maybe=True)
    phone = shapes.text(maybe=True)


class MemberAnswer(MemberRefAnswer):
    address = shapes.text(maybe=True)
    dateOfBirth = shapes.day(maybe=True)
    gender = shapes.text(maybe=True)
    maritalStatus = shapes.text(maybe=True)
    profession = shapes.text(maybe=True)
    company = shapes.text(maybe=True)
    city = shapes.text(maybe=True)
    state = shapes.text(maybe=True)
    country = shapes.text(maybe=True)
    zipCode = shapes.text(maybe=True)
    note = shapes.text(maybe=True)
    profileImage = shapes.text(maybe=True)
    isVerified = shapes.flag()
    unionId = shapes.identifier()
    branchId = shapes.identifier()
    currentOfficerId = shapes.identifier()
    createdAt = shapes.moment(maybe=True)
    updatedAt = shapes.moment(maybe=True)


class UnionRefAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text()
    location = shapes.text(maybe=True)


class UnionAnswer(UnionRefAnswer):
    address = shapes.text(maybe=True)
    creditOfficerId = shapes.identifier()
    creditOfficer = shapes.shape(StaffRefAnswer)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()


class LoanScalarsAnswer(ConditionsAnswer):
    """The fields of a loan itself."""

    id = shapes.identifier()
    loanNumber = shapes.text()
    unionMemberId = shapes.identifier()
    customerId = shapes.identifier()
    unionId = shapes.identifier()
    branchId = shapes.identifier()
    loanTypeId = shapes.identifier(maybe=True)
    principalAmount = shapes.money()
    currencyCode = shapes.text()
    termCount = shapes.count()
    termUnit = shapes.choice(TermUnit)
    startDate = shapes.day()
    endDate = shapes.day()
    firstDueDate = shapes.day(maybe=True)
    processingFeeCollected = shapes.flag()
    requestedAmount = shapes.money(maybe=True)
    status = shapes.choice(LoanStatus)
    createdByUserId = shapes.identifier()
    assignedOfficerId = shapes.identifier()
    submittedAt = shapes.moment(maybe=True)
    approvedAt = shapes.moment(maybe=True)
    approvedByUserId = shapes.identifier(maybe=True)
    disbursedAt = shapes.moment(maybe=True)
    disbursementMethod = shapes.choice(DisbursementMethod, maybe=True)
    disbursementReference = shapes.text(maybe=True)
    disbursedAmount = shapes.money(maybe=True)
    closedAt = shapes.moment(maybe=True)
    notes = shapes.text(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)


class LoanWithStaffAnswer(LoanScalarsAnswer):
    assignedOfficer = shapes.shape(StaffRefAnswer)
    createdByUser = shapes.shape(StaffRefAnswer)
    createdBy = shapes.shape(StaffRefAnswer)
    totalPaid = shapes.number()
    totalOutstanding = shapes.number()


class LoanRowCountsAnswer(Schema):
    repayments = shapes.count()
    scheduleItems = shapes.count()


class LoanRowAnswer(LoanWithStaffAnswer):
    unionMember = shapes.shape(MemberRefAnswer)
    customer = shapes.shape(MemberRefAnswer)
    union = shapes.shape(UnionRefAnswer)
    branch = shapes.shape(UnionRefAnswer)
    loanType = shapes.shape(LoanTypeRefAnswer, maybe=True)
    counts = shapes.shape(LoanRowCountsAnswer, data_key="_count")


class ScheduleItemAnswer(Schema):
    id = shapes.identifier()
    loanId = shapes.identifier()
    sequence = shapes.count()
    dueDate = shapes.day()
    principalDue = shapes.money()
    interestDue = shapes.money()
    feeDue = shapes.money()
    penaltyDue = shapes.money()
    totalDue = shapes.money()
    paidAmount = shapes.money()
    status = shapes.choice(ITEM_STATUSES)
    isOverdue = shapes.flag()
    daysOverdue = shapes.count()
    closedAt = shapes.moment(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)


class PaymentRefAnswer(Schema):
    id = shapes.identifier()
    amount = shapes.money()
    paidAt = shapes.moment()
    method = shapes.choice(DisbursementMethod)


class AllocationAnswer(Schema):
    id = shapes.identifier()
    repaymentId = shapes.identifier()
    scheduleItemId = shapes.identifier()
    amount = shapes.money()
    penaltyAmount = shapes.money()
    feeAmount = shapes.money()
    interestAmount = shapes.money()
    principalAmount = shapes.money()
    createdAt = shapes.moment()
    repayment = shapes.shape(PaymentRefAnswer)


class PaidScheduleItemAnswer(ScheduleItemAnswer):
    allocations = shapes.shapes(AllocationAnswer)


class RepaymentAnswer(Schema):
    id = shapes.identifier()
    loanId = shapes.identifier()
    receivedByUserId = shapes.identifier()
    amount = shapes.money()
    currencyCode = shapes.text()
    paidAt = shapes.moment()
    method = shapes.choice(DisbursementMethod)
    reference = shapes.text(maybe=True)
    notes = shapes.text(maybe=True)
    kind = shapes.choice(("REPAYMENT", "RECOVERY", "REVERSAL"))
    reversalOfId = shapes.identifier(maybe=True)
    reversedById = shapes.identifier(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)
    receivedBy = shapes.shape(UserRefAnswer)


class LoanDetailCountsAnswer(LoanRowCountsAnswer):
    documents = shapes.count()


class LoanDocumentAnswer(DocumentAnswer):
    loanId = shapes.identifier()
    guarantorId = shapes.text(maybe=True)


class GuarantorAnswer(Schema):
    id = shapes.text()
    name = shapes.text()
    documents = shapes.shapes(LoanDocumentAnswer)


class LoanDetailAnswer(LoanWithStaffAnswer):
    """Schedule and repayments are there from the approval on, unless the loan was canceled."""

    unionMember = shapes.shape(MemberAnswer)
    customer = shapes.shape(MemberAnswer)
    union = shapes.shape(UnionAnswer)
    branch = shapes.shape(UnionAnswer)
    loanType = shapes.shape(LoanTypeScalarsAnswer, maybe=True)
    documents = shapes.shapes(LoanDocumentAnswer)
    guarantors = shapes.shapes(GuarantorAnswer)
    counts = shapes.shape(LoanDetailCountsAnswer, data_key="_count")
    scheduleItems = fields.List(fields.Nested(ScheduleItemAnswer))
    repayments = fields.List(fields.Nested(RepaymentAnswer))


class LoanSummaryAnswer(Schema):
    loanId = shapes.identifier()
    loanNumber = shapes.text()
    status = shapes.choice(LoanStatus)
    principalAmount = shapes.number()
    totalInterest = shapes.number()
    totalExpected = shapes.number()
    totalPaid = shapes.number()
    totalOutstanding = shapes.number()
    overdueAmount = shapes.number()
    overdueCount = shapes.count()
    daysOverdue = shapes.count()
    completionPercentage = shapes.number()
    processingFeeAmount = shapes.number()
    penaltyAccrued = shapes.number()
    nextDueDate = shapes.moment(maybe=True)
    nextDueAmount = shapes.number()


class LoanStatsAnswer(Schema):
    """`overdue` counts running loans with an unpaid instalment past due. `totalAmount` is the principal of all these
    loans, `outstandingAmount` what is owed on those that were paid out."""

    total = shapes.count()
    draft = shapes.count()
    pending = shapes.count()
    approved = shapes.count()
    active = shapes.count()
    completed = shapes.count()
    defaulted = shapes.count()
    writtenOff = shapes.count()
    canceled = shapes.count()
    overdue = shapes.count()
    totalAmount = shapes.number()
    totalPaid = shapes.number()
    outstandingAmount = shapes.number()
