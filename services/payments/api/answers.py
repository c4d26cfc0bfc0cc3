"""What answers look like, for the API document; a test holds what `wire.py` makes against it."""

from typing import Any

from marshmallow import Schema, fields


def _text() -> fields.String:
    return fields.String(required=True)


def _maybe() -> fields.String:
    return fields.String(required=True, allow_none=True)


def _id() -> fields.UUID:
    return fields.UUID(required=True)


def _maybe_id() -> fields.UUID:
    return fields.UUID(required=True, allow_none=True)


def _amount() -> fields.String:
    """An amount as text with two decimals."""
    return fields.String(required=True, metadata={"pattern": r"^-?[0-9]+\.[0-9]{2}$"})


def _number() -> fields.Float:
    """A sum as a JSON number, for pages that compute with it."""
    return fields.Float(required=True)


def _count() -> fields.Integer:
    return fields.Integer(required=True, strict=True)


def _flag() -> fields.Boolean:
    return fields.Boolean(required=True)


def _instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True)


def _maybe_instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, allow_none=True)


def _shape(shape: type[Schema], *, nullable: bool = False) -> fields.Nested:
    return fields.Nested(shape, required=True, allow_none=nullable)


def _list(shape: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(shape), required=True)


class UserAnswer(Schema):
    id = _id()
    email = _text()


class ActorAnswer(UserAnswer):
    role = _text()


class StaffAnswer(ActorAnswer):
    firstName = _maybe()
    lastName = _maybe()


class AssignedOfficerAnswer(StaffAnswer):
    name = _text()


class MemberRefAnswer(Schema):
    id = _id()
    code = _maybe()
    firstName = _maybe()
    lastName = _maybe()


class CustomerRefAnswer(MemberRefAnswer):
    phone = _text()


class MemberAnswer(MemberRefAnswer):
    email = _maybe()
    phone = _maybe()
    address = _maybe()
    dateOfBirth = _maybe_instant()
    gender = _maybe()
    maritalStatus = _maybe()
    profession = _maybe()
    company = _maybe()
    city = _maybe()
    state = _maybe()
    country = _maybe()
    zipCode = _maybe()
    note = _maybe()
    profileImage = _maybe()
    isVerified = fields.Boolean(required=True, allow_none=True)
    unionId = _id()
    branchId = _id()
    currentOfficerId = _id()
    createdAt = _maybe_instant()
    updatedAt = _maybe_instant()
    deletedAt = _maybe_instant()


class CustomerAnswer(MemberAnswer):
    phone = _text()


class UnionRefAnswer(Schema):
    id = _id()
    name = _maybe()
    location = _maybe()


class UnionAnswer(UnionRefAnswer):
    address = _maybe()
    creditOfficerId = _id()
    creditOfficer = _shape(StaffAnswer)
    createdAt = _maybe_instant()
    updatedAt = _maybe_instant()
    deletedAt = _maybe_instant()


class LoanTypeRefAnswer(Schema):
    id = _id()
    name = _maybe()


class LoanTypeAnswer(Schema):
    id = _id()
    name = _text()
    description = _maybe()
    minAmount = _amount()
    maxAmount = _amount()
    termUnit = _text()
    minTerm = _count()
    maxTerm = _count()
    isActive = _flag()
    createdAt = _instant()
    updatedAt = _instant()
    deletedAt = _maybe_instant()


class LoanScalarsAnswer(Schema):
    id = _id()
    loanNumber = _text()
    unionMemberId = _id()
    customerId = _id()
    unionId = _id()
    branchId = _id()
    loanTypeId = _maybe_id()
    principalAmount = _amount()
    currencyCode = _text()
    termCount = _count()
    termUnit = _text()
    startDate = _instant()
    endDate = _maybe_instant()
    interestRate = _amount()
    processingFeeAmount = _amount()
    processingFeeCollected = _flag()
    penaltyFeePerDayAmount = _amount()
    status = _text()
    createdByUserId = _id()
    assignedOfficerId = _id()
    submittedAt = _maybe_instant()
    approvedAt = _maybe_instant()
    approvedByUserId = _maybe_id()
    disbursedAt = _maybe_instant()
    disbursementMethod = _maybe()
    disbursementReference = _maybe()
    closedAt = _maybe_instant()
    notes = _maybe()
    createdAt = _instant()
    updatedAt = _instant()
    deletedAt = _maybe_instant()


class LoanOfRepaymentRowAnswer(Schema):
    id = _id()
    loanNumber = _text()
    principalAmount = _amount()
    unionMember = _shape(MemberRefAnswer)
    customer = _shape(CustomerRefAnswer)
    union = _shape(UnionRefAnswer)


class LoanPaidAnswer(LoanScalarsAnswer):
    unionMember = _shape(MemberRefAnswer)
    customer = _shape(CustomerRefAnswer)
    branch = _shape(UnionRefAnswer)


class LoanOfScheduleRowAnswer(LoanScalarsAnswer):
    unionMember = _shape(MemberRefAnswer)
    customer = _shape(CustomerRefAnswer)
    union = _shape(UnionRefAnswer)
    branch = _shape(UnionRefAnswer)
    loanType = _shape(LoanTypeRefAnswer, nullable=True)
    assignedOfficer = _shape(AssignedOfficerAnswer)
    totalPaid = _number()
    totalOutstanding = _number()


class LoanInFullAnswer(LoanScalarsAnswer):
    unionMember = _shape(MemberAnswer)
    customer = _shape(CustomerAnswer)
    union = _shape(UnionAnswer)
    branch = _shape(UnionAnswer)
    assignedOfficer = _shape(StaffAnswer)
    createdByUser = _shape(StaffAnswer)
    createdBy = _shape(StaffAnswer)


class LoanWithTypeAnswer(LoanInFullAnswer):
    loanType = _shape(LoanTypeAnswer, nullable=True)


class ScheduleItemRefAnswer(Schema):
    id = _id()
    sequence = _count()
    dueDate = _instant()


class ScheduleItemAnswer(ScheduleItemRefAnswer):
    loanId = _id()
    principalDue = _amount()
    interestDue = _amount()
    feeDue = _amount()
    totalDue = _amount()
    paidAmount = _amount()
    status = _text()
    isOverdue = _flag()
    daysOverdue = _count()
    closedAt = _maybe_instant()
    createdAt = _instant()
    updatedAt = _instant()
    deletedAt = _maybe_instant()


class AllocationAnswer(Schema):
    id = _id()
    repaymentId = _id()
    scheduleItemId = _id()
    amount = _amount()
    interestAmount = _amount()
    principalAmount = _amount()
    createdAt = _instant()


class AllocationOnRefAnswer(AllocationAnswer):
    scheduleItem = _shape(ScheduleItemRefAnswer)


class AllocationOnItemAnswer(AllocationAnswer):
    scheduleItem = _shape(ScheduleItemAnswer)


class RepaymentOfAllocationAnswer(Schema):
    id = _id()
    amount = _amount()
    method = _text()
    paidAt = _instant()
    reference = _maybe()
    notes = _maybe()
    receivedBy = _shape(UserAnswer)


class AllocationOfRepaymentAnswer(AllocationAnswer):
    repayment = _shape(RepaymentOfAllocationAnswer)


class RepaymentScalarsAnswer(Schema):
    id = _id()
    loanId = _id()
    receivedByUserId = _id()
    amount = _amount()
    currencyCode = _text()
    paidAt = _instant()
    method = _text()
    reference = _maybe()
    notes = _maybe()
    createdAt = _instant()
    updatedAt = _instant()
    deletedAt = _maybe_instant()


class RecordedAnswer(RepaymentScalarsAnswer):
    loan = _shape(LoanPaidAnswer)
    receivedBy = _shape(ActorAnswer)
    allocations = _list(AllocationAnswer)


class RepaymentRowAnswer(RepaymentScalarsAnswer):
    loan = _shape(LoanOfRepaymentRowAnswer)
    receivedBy = _shape(ActorAnswer)
    allocations = _list(AllocationOnRefAnswer)


class RepaymentAnswer(RepaymentScalarsAnswer):
    loan = _shape(LoanInFullAnswer)
    receivedBy = _shape(ActorAnswer)
    allocations = _list(AllocationOnItemAnswer)


class RecentRepaymentAnswer(RepaymentScalarsAnswer):
    loan = _shape(LoanOfRepaymentRowAnswer)


class AmountSumAnswer(Schema):
    amount = _amount()


class MethodSumAnswer(Schema):
    method = _text()
    sums = fields.Nested(AmountSumAnswer, required=True, data_key="_sum")
    number = fields.Integer(required=True, strict=True, data_key="_count")


class SummaryAnswer(Schema):
    totalRepayments = _count()
    totalAmount = _amount()
    methodBreakdown = _list(MethodSumAnswer)
    recentRepayments = _list(RecentRepaymentAnswer)


class ScheduleRowAnswer(ScheduleItemAnswer):
    loan = _shape(LoanOfScheduleRowAnswer)


class ScheduleItemWithAllocationsAnswer(ScheduleItemAnswer):
    allocations = _list(AllocationOfRepaymentAnswer)


class LoanScheduleAnswer(Schema):
    loan = _shape(LoanWithTypeAnswer)
    schedule = _list(ScheduleItemWithAllocationsAnswer)
