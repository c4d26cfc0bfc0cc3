"""What is shown of loans and loan types, of charges, and of what settles a loan."""

from services.payments.domain.account import LoanStatus
from services.payments.domain.facts import ChargeKind
from services.payments.domain.methods import METHODS
from services.payments.shapes.people import (
    AssignedOfficer,
    Customer,
    CustomerRef,
    Member,
    MemberRef,
    Staff,
    Union,
    UnionRef,
)
from shared import shapes

TERM_UNITS = ("DAY", "WEEK", "MONTH")


class LoanTypeRef(shapes.Shape):
    id = shapes.identifier()
    name = shapes.text(maybe=True)


class LoanType(shapes.Shape):
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
    deletedAt = shapes.moment(maybe=True, always=None)


class LoanScalars(shapes.Shape):
    """The fields of a loan itself, with the two ids under their old names."""

    id = shapes.identifier(of="loan_id")
    loanNumber = shapes.text()
    unionMemberId = shapes.identifier(of="member_id")
    customerId = shapes.identifier(of="member_id")
    unionId = shapes.identifier()
    branchId = shapes.identifier(of="union_id")
    loanTypeId = shapes.identifier(maybe=True)
    principalAmount = shapes.money(of="principal")
    currencyCode = shapes.text(of="currency")
    termCount = shapes.count()
    termUnit = shapes.choice(TERM_UNITS)
    startDate = shapes.day(of="start_on")
    endDate = shapes.day(maybe=True, of="end_on")
    interestRate = shapes.percent(of="annual_rate")
    processingFeeAmount = shapes.money(of="processing_fee")
    processingFeeCollected = shapes.flag()
    penaltyFeePerDayAmount = shapes.money(of="penalty_per_day")
    status = shapes.choice(LoanStatus)
    createdByUserId = shapes.identifier(of="created_by")
    assignedOfficerId = shapes.identifier(of="officer_id")
    submittedAt = shapes.moment(maybe=True)
    approvedAt = shapes.moment(maybe=True)
    approvedByUserId = shapes.identifier(maybe=True, of="approved_by")
    disbursedAt = shapes.moment(maybe=True)
    disbursementMethod = shapes.choice(METHODS, maybe=True)
    disbursementReference = shapes.text(maybe=True)
    closedAt = shapes.moment(maybe=True)
    notes = shapes.text(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True, always=None)


class LoanOfRepaymentRow(shapes.Shape):
    """The loan beside a repayment in a list."""

    id = shapes.identifier(of="loan_id")
    loanNumber = shapes.text()
    principalAmount = shapes.money(of="principal")
    unionMember = shapes.nested(MemberRef, "member_")
    customer = shapes.nested(CustomerRef, "member_")
    union = shapes.nested(UnionRef, "union_")


class LoanPaid(LoanScalars):
    """The loan in the answer to a payment."""

    unionMember = shapes.nested(MemberRef, "member_")
    customer = shapes.nested(CustomerRef, "member_")
    branch = shapes.nested(UnionRef, "union_")


class LoanOfScheduleRow(LoanScalars):
    """The loan beside an instalment in a list, with what is paid and owed in all, and the people around it."""

    unionMember = shapes.nested(MemberRef, "member_")
    customer = shapes.nested(CustomerRef, "member_")
    union = shapes.nested(UnionRef, "union_")
    branch = shapes.nested(UnionRef, "union_")
    loanType = shapes.nested(LoanTypeRef, "loan_type_", maybe=True)
    assignedOfficer = shapes.nested(AssignedOfficer, "officer_")
    totalPaid = shapes.number(of="paid")
    totalOutstanding = shapes.number(of="outstanding")


class LoanInFull(LoanScalars):
    """The loan with all that is known of member and union, the officer and the creator."""

    unionMember = shapes.nested(Member, "member_", union_id="union_id", officer_id="officer_id")
    customer = shapes.nested(Customer, "member_", union_id="union_id", officer_id="officer_id")
    union = shapes.nested(Union, "union_", officer_="officer_")
    branch = shapes.nested(Union, "union_", officer_="officer_")
    assignedOfficer = shapes.nested(Staff, "officer_")
    createdByUser = shapes.nested(Staff, "creator_", id="created_by")
    createdBy = shapes.nested(Staff, "creator_", id="created_by")


class LoanWithType(LoanInFull):
    loanType = shapes.nested(LoanType, of=shapes.given("loan_type"), maybe=True)


class Charge(shapes.Shape):
    """A fee, a penalty or a rebate, and whether it still counts."""

    id = shapes.identifier()
    loanId = shapes.identifier()
    kind = shapes.choice(ChargeKind)
    amount = shapes.money()
    dueOn = shapes.calendar_day()
    note = shapes.text(maybe=True)
    status = shapes.text(
        of=lambda waived_at, reversed_by_id: "WAIVED" if waived_at else "REVERSED" if reversed_by_id else "ACTIVE"
    )
    isAccrued = shapes.flag(of=lambda late_instalment_id: late_instalment_id is not None)
    repaymentId = shapes.identifier(maybe=True)
    createdByUserId = shapes.identifier(maybe=True, of="recorded_by")
    createdAt = shapes.moment(of="recorded_at")
    waivedAt = shapes.moment(maybe=True)
    waivedByUserId = shapes.identifier(maybe=True, of="waived_by")
    waiverReason = shapes.text(maybe=True, of="reason")


class Settlement(shapes.Shape):
    """What closes a loan on a day; the account of the loan is given."""

    loanId = shapes.identifier(of=lambda *, account: account.loan_id)
    loanNumber = shapes.text(of=lambda *, account: account.loan_number)
    on = shapes.calendar_day()
    amount = shapes.money(of="total")
    principal = shapes.money()
    interest = shapes.money()
    fee = shapes.money()
    penalty = shapes.money()
    rebate = shapes.money()
    outstanding = shapes.money(of=lambda *, account: account.outstanding)
