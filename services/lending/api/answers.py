"""The shapes of answers, for the API document. What is sent is written by `output.py`; a test holds both together."""

from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from services.lending.domain.loan import LoanStatus
from services.lending.domain.progress import OVERDUE, InstalmentStatus
from services.lending.domain.terms import TermUnit

STATUSES = [status.value for status in LoanStatus]
TERM_UNITS = [unit.value for unit in TermUnit]
ITEM_STATUSES = [*(status.value for status in InstalmentStatus), OVERDUE]


def _id(**options: Any) -> fields.UUID:
    return fields.UUID(required=True, **options)


def _text(**options: Any) -> fields.String:
    return fields.String(required=True, **options)


def _maybe() -> fields.String:
    return fields.String(required=True, allow_none=True)


def _money() -> fields.String:
    return fields.String(required=True, metadata={"pattern": r"^-?\d+\.\d{2}$", "example": "50000.00"})


def _number() -> fields.Float:
    return fields.Float(required=True)


def _count() -> fields.Integer:
    return fields.Integer(required=True)


def _flag() -> fields.Boolean:
    return fields.Boolean(required=True)


def _instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True)


def _maybe_instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, allow_none=True)


def _shape(shape: type[Schema], **options: Any) -> fields.Nested:
    return fields.Nested(shape, required=True, **options)


def _list(shape: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(shape), required=True)


class UserRefAnswer(Schema):
    id = _id()
    firstName = _maybe()
    lastName = _maybe()
    email = _text()


class StaffRefAnswer(UserRefAnswer):
    role = _text()


class LoanTypeCountsAnswer(Schema):
    loans = _count()


class LoanTypeScalarsAnswer(Schema):
    id = _id()
    name = _text()
    description = _maybe()
    minAmount = _money()
    maxAmount = _money()
    termUnit = _text(validate=OneOf(TERM_UNITS))
    minTerm = _count()
    maxTerm = _count()
    isActive = _flag()
    createdAt = _instant()
    updatedAt = _instant()
    deletedAt = _maybe_instant()


class LoanTypeAnswer(LoanTypeScalarsAnswer):
    counts = _shape(LoanTypeCountsAnswer, data_key="_count")


class LoanTypeRefAnswer(Schema):
    id = _id()
    name = _text()
    minAmount = _money()
    maxAmount = _money()


class MemberRefAnswer(Schema):
    id = _id()
    code = _text()
    firstName = _text()
    lastName = _text()
    email = _maybe()
    phone = _maybe()


class MemberAnswer(MemberRefAnswer):
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
    isVerified = _flag()
    unionId = _id()
    branchId = _id()
    currentOfficerId = _id()
    createdAt = _maybe_instant()
    updatedAt = _maybe_instant()


class UnionRefAnswer(Schema):
    id = _id()
    name = _text()
    location = _maybe()


class UnionAnswer(UnionRefAnswer):
    address = _maybe()
    creditOfficerId = _id()
    creditOfficer = _shape(StaffRefAnswer)
    createdAt = _instant()
    updatedAt = _instant()


class LoanScalarsAnswer(Schema):
    id = _id()
    loanNumber = _text()
    unionMemberId = _id()
    customerId = _id()
    unionId = _id()
    branchId = _id()
    loanTypeId = _id(allow_none=True)
    principalAmount = _money()
    currencyCode = _text()
    termCount = _count()
    termUnit = _text(validate=OneOf(TERM_UNITS))
    startDate = _instant()
    endDate = _instant()
    interestRate = _money()
    processingFeeAmount = _money()
    processingFeeCollected = _flag()
    penaltyFeePerDayAmount = _money()
    status = _text(validate=OneOf(STATUSES))
    createdByUserId = _id()
    assignedOfficerId = _id()
    submittedAt = _maybe_instant()
    approvedAt = _maybe_instant()
    approvedByUserId = _id(allow_none=True)
    disbursedAt = _maybe_instant()
    disbursementMethod = _maybe()
    disbursementReference = _maybe()
    closedAt = _maybe_instant()
    notes = _maybe()
    createdAt = _instant()
    updatedAt = _instant()
    deletedAt = _maybe_instant()
    assignedOfficer = _shape(StaffRefAnswer)
    createdByUser = _shape(StaffRefAnswer)
    createdBy = _shape(StaffRefAnswer)
    totalPaid = _number()
    totalOutstanding = _number()


class LoanRowCountsAnswer(Schema):
    repayments = _count()
    scheduleItems = _count()


class LoanRowAnswer(LoanScalarsAnswer):
    unionMember = _shape(MemberRefAnswer)
    customer = _shape(MemberRefAnswer)
    union = _shape(UnionRefAnswer)
    branch = _shape(UnionRefAnswer)
    loanType = _shape(LoanTypeRefAnswer, allow_none=True)
    counts = _shape(LoanRowCountsAnswer, data_key="_count")


class ScheduleItemAnswer(Schema):
    id = _id()
    loanId = _id()
    sequence = _count()
    dueDate = _instant()
    principalDue = _money()
    interestDue = _money()
    feeDue = _money()
    totalDue = _money()
    paidAmount = _money()
    status = _text(validate=OneOf(ITEM_STATUSES))
    isOverdue = _flag()
    daysOverdue = _count()
    closedAt = _maybe_instant()
    createdAt = _instant()
    updatedAt = _instant()
    deletedAt = _maybe_instant()


class PaymentRefAnswer(Schema):
    id = _id()
    amount = _money()
    paidAt = _instant()
    method = _text()


class AllocationAnswer(Schema):
    id = _id()
    repaymentId = _id()
    scheduleItemId = _id()
    amount = _money()
    interestAmount = _money()
    principalAmount = _money()
    createdAt = _instant()
    repayment = _shape(PaymentRefAnswer)


class PaidScheduleItemAnswer(ScheduleItemAnswer):
    allocations = _list(AllocationAnswer)


class RepaymentAnswer(Schema):
    id = _id()
    loanId = _id()
    receivedByUserId = _id()
    amount = _money()
    currencyCode = _text()
    paidAt = _instant()
    method = _text()
    reference = _maybe()
    notes = _maybe()
    createdAt = _instant()
    updatedAt = _instant()
    deletedAt = _maybe_instant()
    receivedBy = _shape(UserRefAnswer)


class LoanDetailCountsAnswer(LoanRowCountsAnswer):
    documents = _count()


class LoanDetailAnswer(LoanScalarsAnswer):
    """Schedule and repayments are there from the approval on, unless the loan was canceled."""

    unionMember = _shape(MemberAnswer)
    customer = _shape(MemberAnswer)
    union = _shape(UnionAnswer)
    branch = _shape(UnionAnswer)
    loanType = _shape(LoanTypeScalarsAnswer, allow_none=True)
    documents = fields.List(fields.Dict(), required=True)
    guarantors = fields.List(fields.Dict(), required=True)
    counts = _shape(LoanDetailCountsAnswer, data_key="_count")
    scheduleItems = fields.List(fields.Nested(ScheduleItemAnswer))
    repayments = fields.List(fields.Nested(RepaymentAnswer))


class LoanSummaryAnswer(Schema):
    loanId = _id()
    loanNumber = _text()
    status = _text(validate=OneOf(STATUSES))
    principalAmount = _number()
    totalInterest = _number()
    totalExpected = _number()
    totalPaid = _number()
    totalOutstanding = _number()
    overdueAmount = _number()
    overdueCount = _count()
    daysOverdue = _count()
    completionPercentage = _number()
    processingFeeAmount = _number()
    penaltyAccrued = _number()
    nextDueDate = _maybe_instant()
    nextDueAmount = _number()
