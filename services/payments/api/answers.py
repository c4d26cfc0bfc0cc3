"""What answers look like, for the API document; a test holds what `wire.py` makes against it."""

from marshmallow import Schema, fields

from services.payments.api.schemas import METHODS
from services.payments.domain.account import LoanStatus
from services.payments.domain.facts import RepaymentKind
from services.payments.domain.instalment import InstalmentStatus
from shared.context import Role
from shared.web import shapes

TERM_UNITS = ("DAY", "WEEK", "MONTH")


class UserAnswer(Schema):
    id = shapes.identifier()
    email = shapes.text()


class ActorAnswer(UserAnswer):
    # Empty for somebody the directory has not heard of yet.
    role = shapes.choice(("", *Role))


class StaffAnswer(ActorAnswer):
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)


class AssignedOfficerAnswer(StaffAnswer):
    name = shapes.text()


class MemberRefAnswer(Schema):
    id = shapes.identifier()
    code = shapes.text(maybe=True)
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)


class CustomerRefAnswer(MemberRefAnswer):
    phone = shapes.text()


class MemberAnswer(MemberRefAnswer):
    email = shapes.text(maybe=True)
    phone = shapes.text(maybe=True)
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
    isVerified = fields.Boolean(required=True, allow_none=True)
    unionId = shapes.identifier()
    branchId = shapes.identifier()
    currentOfficerId = shapes.identifier()
    createdAt = shapes.moment(maybe=True)
    updatedAt = shapes.moment(maybe=True)
    deletedAt = shapes.moment(maybe=True)


class CustomerAnswer(MemberAnswer):
    phone = shapes.text()


class UnionRefAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text(maybe=True)
    location = shapes.text(maybe=True)


class UnionAnswer(UnionRefAnswer):
    address = shapes.text(maybe=True)
    creditOfficerId = shapes.identifier()
    creditOfficer = shapes.shape(StaffAnswer)
    createdAt = shapes.moment(maybe=True)
    updatedAt = shapes.moment(maybe=True)
    deletedAt = shapes.moment(maybe=True)


class LoanTypeRefAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text(maybe=True)


class LoanTypeAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text()
    description = shapes.text(maybe=True)
    minAmount = shapes.money()
    maxAmount = shapes.money()
    termUnit = shapes.choice(TERM_UNITS)
    minTerm = shapes.count()
    maxTerm = shapes.count()
    isActive = shapes.flag()
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)


class LoanScalarsAnswer(Schema):
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
    termUnit = shapes.choice(TERM_UNITS)
    startDate = shapes.day()
    endDate = shapes.day(maybe=True)
    interestRate = shapes.percent()
    processingFeeAmount = shapes.money()
    processingFeeCollected = shapes.flag()
    penaltyFeePerDayAmount = shapes.money()
    status = shapes.choice(LoanStatus)
    createdByUserId = shapes.identifier()
    assignedOfficerId = shapes.identifier()
    submittedAt = shapes.moment(maybe=True)
    approvedAt = shapes.moment(maybe=True)
    approvedByUserId = shapes.identifier(maybe=True)
    disbursedAt = shapes.moment(maybe=True)
    disbursementMethod = shapes.choice(METHODS, maybe=True)
    disbursementReference = shapes.text(maybe=True)
    closedAt = shapes.moment(maybe=True)
    notes = shapes.text(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)


class LoanOfRepaymentRowAnswer(Schema):
    id = shapes.identifier()
    loanNumber = shapes.text()
    principalAmount = shapes.money()
    unionMember = shapes.shape(MemberRefAnswer)
    customer = shapes.shape(CustomerRefAnswer)
    union = shapes.shape(UnionRefAnswer)


class LoanPaidAnswer(LoanScalarsAnswer):
    unionMember = shapes.shape(MemberRefAnswer)
    customer = shapes.shape(CustomerRefAnswer)
    branch = shapes.shape(UnionRefAnswer)


class LoanOfScheduleRowAnswer(LoanScalarsAnswer):
    unionMember = shapes.shape(MemberRefAnswer)
    customer = shapes.shape(CustomerRefAnswer)
    union = shapes.shape(UnionRefAnswer)
    branch = shapes.shape(UnionRefAnswer)
    loanType = shapes.shape(LoanTypeRefAnswer, maybe=True)
    assignedOfficer = shapes.shape(AssignedOfficerAnswer)
    totalPaid = shapes.number()
    totalOutstanding = shapes.number()


class LoanInFullAnswer(LoanScalarsAnswer):
    unionMember = shapes.shape(MemberAnswer)
    customer = shapes.shape(CustomerAnswer)
    union = shapes.shape(UnionAnswer)
    branch = shapes.shape(UnionAnswer)
    assignedOfficer = shapes.shape(StaffAnswer)
    createdByUser = shapes.shape(StaffAnswer)
    createdBy = shapes.shape(StaffAnswer)


class LoanWithTypeAnswer(LoanInFullAnswer):
    loanType = shapes.shape(LoanTypeAnswer, maybe=True)


class ScheduleItemRefAnswer(Schema):
    id = shapes.identifier()
    sequence = shapes.count()
    dueDate = shapes.day()


class ScheduleItemAnswer(ScheduleItemRefAnswer):
    loanId = shapes.identifier()
    principalDue = shapes.money()
    interestDue = shapes.money()
    feeDue = shapes.money()
    penaltyDue = shapes.money()
    totalDue = shapes.money()
    paidAmount = shapes.money()
    status = shapes.choice(InstalmentStatus)
    isOverdue = shapes.flag()
    daysOverdue = shapes.count()
    closedAt = shapes.moment(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)


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


class AllocationOnRefAnswer(AllocationAnswer):
    scheduleItem = shapes.shape(ScheduleItemRefAnswer)


class AllocationOnItemAnswer(AllocationAnswer):
    scheduleItem = shapes.shape(ScheduleItemAnswer)


class RepaymentOfAllocationAnswer(Schema):
    id = shapes.identifier()
    amount = shapes.money()
    method = shapes.choice(METHODS)
    paidAt = shapes.moment()
    reference = shapes.text(maybe=True)
    notes = shapes.text(maybe=True)
    receivedBy = shapes.shape(UserAnswer)


class AllocationOfRepaymentAnswer(AllocationAnswer):
    repayment = shapes.shape(RepaymentOfAllocationAnswer)


class RepaymentScalarsAnswer(Schema):
    id = shapes.identifier()
    loanId = shapes.identifier()
    receivedByUserId = shapes.identifier()
    amount = shapes.money()
    currencyCode = shapes.text()
    paidAt = shapes.moment()
    method = shapes.choice(METHODS)
    reference = shapes.text(maybe=True)
    notes = shapes.text(maybe=True)
    kind = shapes.choice(RepaymentKind)
    reversalOfId = shapes.identifier(maybe=True)
    reversedById = shapes.identifier(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True)


class ReceiptAnswer(Schema):
    number = shapes.text()
    loanNumber = shapes.text()
    memberCode = shapes.text(maybe=True)
    memberName = shapes.text()
    unionName = shapes.text(maybe=True)
    amount = shapes.money()
    currencyCode = shapes.text()
    method = shapes.choice(METHODS)
    reference = shapes.text(maybe=True)
    paidOn = shapes.day()
    recordedAt = shapes.moment()
    receivedBy = shapes.text()
    penalty = shapes.money()
    fee = shapes.money()
    interest = shapes.money()
    principal = shapes.money()
    totalPaid = shapes.money()
    outstanding = shapes.money()
    loanStatus = shapes.choice(LoanStatus)


class RecordedAnswer(RepaymentScalarsAnswer):
    loan = shapes.shape(LoanPaidAnswer)
    receivedBy = shapes.shape(ActorAnswer)
    allocations = shapes.shapes(AllocationAnswer)
    receipt = shapes.shape(ReceiptAnswer)


class ReversalAnswer(RepaymentScalarsAnswer):
    receivedBy = shapes.shape(ActorAnswer)


class RepaymentRowAnswer(RepaymentScalarsAnswer):
    loan = shapes.shape(LoanOfRepaymentRowAnswer)
    receivedBy = shapes.shape(ActorAnswer)
    allocations = shapes.shapes(AllocationOnRefAnswer)


class RepaymentAnswer(RepaymentScalarsAnswer):
    loan = shapes.shape(LoanInFullAnswer)
    receivedBy = shapes.shape(ActorAnswer)
    allocations = shapes.shapes(AllocationOnItemAnswer)


class RecentRepaymentAnswer(RepaymentScalarsAnswer):
    loan = shapes.shape(LoanOfRepaymentRowAnswer)


class AmountSumAnswer(Schema):
    amount = shapes.money()


class MethodSumAnswer(Schema):
    method = shapes.choice(METHODS)
    sums = fields.Nested(AmountSumAnswer, required=True, data_key="_sum")
    number = fields.Integer(required=True, strict=True, data_key="_count")


class SummaryAnswer(Schema):
    totalRepayments = shapes.count()
    totalAmount = shapes.money()
    methodBreakdown = shapes.shapes(MethodSumAnswer)
    recentRepayments = shapes.shapes(RecentRepaymentAnswer)


class ScheduleRowAnswer(ScheduleItemAnswer):
    loan = shapes.shape(LoanOfScheduleRowAnswer)


class ScheduleItemWithAllocationsAnswer(ScheduleItemAnswer):
    allocations = shapes.shapes(AllocationOfRepaymentAnswer)


class LoanScheduleAnswer(Schema):
    loan = shapes.shape(LoanWithTypeAnswer)
    schedule = shapes.shapes(ScheduleItemWithAllocationsAnswer)
    dueToday = shapes.money()
    arrears = shapes.money()
    settlement = shapes.money()
