"""What answers look like, for the API document; a test holds what `wire.py` makes against it."""

from marshmallow import Schema, fields

from services.payments.api import shapes


class UserAnswer(Schema):
    id = shapes.identifier()
    email = shapes.text()


class ActorAnswer(UserAnswer):
    role = shapes.text()


class StaffAnswer(ActorAnswer):
    firstName = shapes.maybe()
    lastName = shapes.maybe()


class AssignedOfficerAnswer(StaffAnswer):
    name = shapes.text()


class MemberRefAnswer(Schema):
    id = shapes.identifier()
    code = shapes.maybe()
    firstName = shapes.maybe()
    lastName = shapes.maybe()


class CustomerRefAnswer(MemberRefAnswer):
    phone = shapes.text()


class MemberAnswer(MemberRefAnswer):
    email = shapes.maybe()
    phone = shapes.maybe()
    address = shapes.maybe()
    dateOfBirth = shapes.maybe_instant()
    gender = shapes.maybe()
    maritalStatus = shapes.maybe()
    profession = shapes.maybe()
    company = shapes.maybe()
    city = shapes.maybe()
    state = shapes.maybe()
    country = shapes.maybe()
    zipCode = shapes.maybe()
    note = shapes.maybe()
    profileImage = shapes.maybe()
    isVerified = fields.Boolean(required=True, allow_none=True)
    unionId = shapes.identifier()
    branchId = shapes.identifier()
    currentOfficerId = shapes.identifier()
    createdAt = shapes.maybe_instant()
    updatedAt = shapes.maybe_instant()
    deletedAt = shapes.maybe_instant()


class CustomerAnswer(MemberAnswer):
    phone = shapes.text()


class UnionRefAnswer(Schema):
    id = shapes.identifier()
    name = shapes.maybe()
    location = shapes.maybe()


class UnionAnswer(UnionRefAnswer):
    address = shapes.maybe()
    creditOfficerId = shapes.identifier()
    creditOfficer = shapes.nested(StaffAnswer)
    createdAt = shapes.maybe_instant()
    updatedAt = shapes.maybe_instant()
    deletedAt = shapes.maybe_instant()


class LoanTypeRefAnswer(Schema):
    id = shapes.identifier()
    name = shapes.maybe()


class LoanTypeAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text()
    description = shapes.maybe()
    minAmount = shapes.amount()
    maxAmount = shapes.amount()
    termUnit = shapes.text()
    minTerm = shapes.count()
    maxTerm = shapes.count()
    isActive = shapes.flag()
    createdAt = shapes.instant()
    updatedAt = shapes.instant()
    deletedAt = shapes.maybe_instant()


class LoanScalarsAnswer(Schema):
    id = shapes.identifier()
    loanNumber = shapes.text()
    unionMemberId = shapes.identifier()
    customerId = shapes.identifier()
    unionId = shapes.identifier()
    branchId = shapes.identifier()
    loanTypeId = shapes.maybe_identifier()
    principalAmount = shapes.amount()
    currencyCode = shapes.text()
    termCount = shapes.count()
    termUnit = shapes.text()
    startDate = shapes.instant()
    endDate = shapes.maybe_instant()
    interestRate = shapes.amount()
    processingFeeAmount = shapes.amount()
    processingFeeCollected = shapes.flag()
    penaltyFeePerDayAmount = shapes.amount()
    status = shapes.text()
    createdByUserId = shapes.identifier()
    assignedOfficerId = shapes.identifier()
    submittedAt = shapes.maybe_instant()
    approvedAt = shapes.maybe_instant()
    approvedByUserId = shapes.maybe_identifier()
    disbursedAt = shapes.maybe_instant()
    disbursementMethod = shapes.maybe()
    disbursementReference = shapes.maybe()
    closedAt = shapes.maybe_instant()
    notes = shapes.maybe()
    createdAt = shapes.instant()
    updatedAt = shapes.instant()
    deletedAt = shapes.maybe_instant()


class LoanOfRepaymentRowAnswer(Schema):
    id = shapes.identifier()
    loanNumber = shapes.text()
    principalAmount = shapes.amount()
    unionMember = shapes.nested(MemberRefAnswer)
    customer = shapes.nested(CustomerRefAnswer)
    union = shapes.nested(UnionRefAnswer)


class LoanPaidAnswer(LoanScalarsAnswer):
    unionMember = shapes.nested(MemberRefAnswer)
    customer = shapes.nested(CustomerRefAnswer)
    branch = shapes.nested(UnionRefAnswer)


class LoanOfScheduleRowAnswer(LoanScalarsAnswer):
    unionMember = shapes.nested(MemberRefAnswer)
    customer = shapes.nested(CustomerRefAnswer)
    union = shapes.nested(UnionRefAnswer)
    branch = shapes.nested(UnionRefAnswer)
    loanType = shapes.nested(LoanTypeRefAnswer, nullable=True)
    assignedOfficer = shapes.nested(AssignedOfficerAnswer)
    totalPaid = shapes.number()
    totalOutstanding = shapes.number()


class LoanInFullAnswer(LoanScalarsAnswer):
    unionMember = shapes.nested(MemberAnswer)
    customer = shapes.nested(CustomerAnswer)
    union = shapes.nested(UnionAnswer)
    branch = shapes.nested(UnionAnswer)
    assignedOfficer = shapes.nested(StaffAnswer)
    createdByUser = shapes.nested(StaffAnswer)
    createdBy = shapes.nested(StaffAnswer)


class LoanWithTypeAnswer(LoanInFullAnswer):
    loanType = shapes.nested(LoanTypeAnswer, nullable=True)


class ScheduleItemRefAnswer(Schema):
    id = shapes.identifier()
    sequence = shapes.count()
    dueDate = shapes.instant()


class ScheduleItemAnswer(ScheduleItemRefAnswer):
    loanId = shapes.identifier()
    principalDue = shapes.amount()
    interestDue = shapes.amount()
    feeDue = shapes.amount()
    penaltyDue = shapes.amount()
    totalDue = shapes.amount()
    paidAmount = shapes.amount()
    status = shapes.text()
    isOverdue = shapes.flag()
    daysOverdue = shapes.count()
    closedAt = shapes.maybe_instant()
    createdAt = shapes.instant()
    updatedAt = shapes.instant()
    deletedAt = shapes.maybe_instant()


class AllocationAnswer(Schema):
    id = shapes.identifier()
    repaymentId = shapes.identifier()
    scheduleItemId = shapes.identifier()
    amount = shapes.amount()
    penaltyAmount = shapes.amount()
    feeAmount = shapes.amount()
    interestAmount = shapes.amount()
    principalAmount = shapes.amount()
    createdAt = shapes.instant()


class AllocationOnRefAnswer(AllocationAnswer):
    scheduleItem = shapes.nested(ScheduleItemRefAnswer)


class AllocationOnItemAnswer(AllocationAnswer):
    scheduleItem = shapes.nested(ScheduleItemAnswer)


class RepaymentOfAllocationAnswer(Schema):
    id = shapes.identifier()
    amount = shapes.amount()
    method = shapes.text()
    paidAt = shapes.instant()
    reference = shapes.maybe()
    notes = shapes.maybe()
    receivedBy = shapes.nested(UserAnswer)


class AllocationOfRepaymentAnswer(AllocationAnswer):
    repayment = shapes.nested(RepaymentOfAllocationAnswer)


class RepaymentScalarsAnswer(Schema):
    id = shapes.identifier()
    loanId = shapes.identifier()
    receivedByUserId = shapes.identifier()
    amount = shapes.amount()
    currencyCode = shapes.text()
    paidAt = shapes.instant()
    method = shapes.text()
    reference = shapes.maybe()
    notes = shapes.maybe()
    kind = shapes.text()
    reversalOfId = shapes.maybe_identifier()
    reversedById = shapes.maybe_identifier()
    createdAt = shapes.instant()
    updatedAt = shapes.instant()
    deletedAt = shapes.maybe_instant()


class ReceiptAnswer(Schema):
    number = shapes.text()
    loanNumber = shapes.text()
    memberCode = shapes.maybe()
    memberName = shapes.text()
    unionName = shapes.maybe()
    amount = shapes.amount()
    currencyCode = shapes.text()
    method = shapes.text()
    reference = shapes.maybe()
    paidOn = shapes.instant()
    recordedAt = shapes.instant()
    receivedBy = shapes.text()
    penalty = shapes.amount()
    fee = shapes.amount()
    interest = shapes.amount()
    principal = shapes.amount()
    totalPaid = shapes.amount()
    outstanding = shapes.amount()
    loanStatus = shapes.text()


class RecordedAnswer(RepaymentScalarsAnswer):
    loan = shapes.nested(LoanPaidAnswer)
    receivedBy = shapes.nested(ActorAnswer)
    allocations = shapes.many(AllocationAnswer)
    receipt = shapes.nested(ReceiptAnswer)


class ReversalAnswer(RepaymentScalarsAnswer):
    receivedBy = shapes.nested(ActorAnswer)


class RepaymentRowAnswer(RepaymentScalarsAnswer):
    loan = shapes.nested(LoanOfRepaymentRowAnswer)
    receivedBy = shapes.nested(ActorAnswer)
    allocations = shapes.many(AllocationOnRefAnswer)


class RepaymentAnswer(RepaymentScalarsAnswer):
    loan = shapes.nested(LoanInFullAnswer)
    receivedBy = shapes.nested(ActorAnswer)
    allocations = shapes.many(AllocationOnItemAnswer)


class RecentRepaymentAnswer(RepaymentScalarsAnswer):
    loan = shapes.nested(LoanOfRepaymentRowAnswer)


class AmountSumAnswer(Schema):
    amount = shapes.amount()


class MethodSumAnswer(Schema):
    method = shapes.text()
    sums = fields.Nested(AmountSumAnswer, required=True, data_key="_sum")
    number = fields.Integer(required=True, strict=True, data_key="_count")


class SummaryAnswer(Schema):
    totalRepayments = shapes.count()
    totalAmount = shapes.amount()
    methodBreakdown = shapes.many(MethodSumAnswer)
    recentRepayments = shapes.many(RecentRepaymentAnswer)


class ScheduleRowAnswer(ScheduleItemAnswer):
    loan = shapes.nested(LoanOfScheduleRowAnswer)


class ScheduleItemWithAllocationsAnswer(ScheduleItemAnswer):
    allocations = shapes.many(AllocationOfRepaymentAnswer)


class LoanScheduleAnswer(Schema):
    loan = shapes.nested(LoanWithTypeAnswer)
    schedule = shapes.many(ScheduleItemWithAllocationsAnswer)
    dueToday = shapes.amount()
    arrears = shapes.amount()
    settlement = shapes.amount()
