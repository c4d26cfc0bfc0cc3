"""What is shown of loans."""

from collections.abc import Callable, Mapping
from datetime import datetime

from services.lending.domain.documents import guarantors
from services.lending.domain.loan import PAID_OUT, LoanStatus, PaymentMethod
from services.lending.domain.progress import Standing, StatusSums
from services.lending.domain.terms import TermUnit
from services.lending.shapes.conditions import Charges, Interest
from services.lending.shapes.loan_types import LoanTypeRef, LoanTypeScalars
from services.lending.shapes.schedules import ScheduleItem
from shared import shapes
from shared.clock import midnight_utc
from shared.directory import shapes as directory
from shared.documents import shapes as documents
from shared.money import ZERO


class LoanScalars(shapes.Shape):
    """The fields of a loan itself, as the audit trail keeps them; older pages call member and union by other names."""

    id = shapes.identifier()
    loanNumber = shapes.text()
    unionMemberId = shapes.identifier(of="member_id")
    customerId = shapes.identifier(of="member_id")
    unionId = shapes.identifier()
    branchId = shapes.identifier(of="union_id")
    loanTypeId = shapes.identifier(maybe=True)
    principalAmount = shapes.money(of="principal")
    currencyCode = shapes.text(of="currency")
    termCount = shapes.count()
    termUnit = shapes.choice(TermUnit)
    startDate = shapes.day(of="start_on")
    endDate = shapes.day(of="end_on")
    firstDueDate = shapes.day(of="first_due_on", maybe=True)
    interest = shapes.included(Interest)
    charges = shapes.included(Charges)
    processingFeeCollected = shapes.flag()
    requestedAmount = shapes.money(of="requested_principal", maybe=True)
    status = shapes.choice(LoanStatus)
    createdByUserId = shapes.identifier(of="created_by")
    assignedOfficerId = shapes.identifier(of="officer_id")
    submittedAt = shapes.moment(maybe=True)
    approvedAt = shapes.moment(maybe=True)
    approvedByUserId = shapes.identifier(of="approved_by", maybe=True)
    disbursedAt = shapes.moment(maybe=True)
    disbursementMethod = shapes.choice(PaymentMethod, maybe=True)
    disbursementReference = shapes.text(maybe=True)
    disbursedAmount = shapes.money(maybe=True)
    closedAt = shapes.moment(maybe=True)
    notes = shapes.text(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    deletedAt = shapes.moment(maybe=True, always=None)


class UserRef(directory.UserRef):
    """Somebody of the staff; the address stays null until the event of their account has come."""

    email = shapes.text()


class StaffRef(directory.StaffRef):
    """Somebody of the staff, as in `UserRef`."""

    email = shapes.text()


class MemberRef(directory.MemberContact):
    """The member of a loan in short."""


class CustomerRef(MemberRef):
    """The member as older pages want them, who never have null for a phone."""

    phone = shapes.text(maybe=True, missing="")

    @classmethod
    def component(cls) -> str:
        return MemberRef.component()


class Member(directory.MemberOfDirectory):
    """The member of a loan."""

    isVerified = shapes.flag(within="details", missing=True)


class Customer(Member):
    """The member as older pages want them, who never have null for a phone."""

    phone = shapes.text(maybe=True, missing="")

    @classmethod
    def component(cls) -> str:
        return Member.component()


class Union(directory.UnionFacts):
    creditOfficer = shapes.nested(StaffRef, "officer_")
    createdAt = shapes.moment()
    updatedAt = shapes.moment()


class LoanWithPeople(LoanScalars):
    """A loan with those who have to do with it; `branch` and `customer` are names of older pages."""

    unionMember = shapes.nested(MemberRef, "member_")
    customer = shapes.nested(CustomerRef, "member_")
    union = shapes.nested(directory.UnionRef, "union_")
    branch = shapes.nested(directory.UnionRef, "union_")
    assignedOfficer = shapes.nested(StaffRef, "officer_")
    createdByUser = shapes.nested(StaffRef, "creator_", id="created_by")
    createdBy = shapes.nested(StaffRef, "creator_", id="created_by")
    totalPaid = shapes.number(of="paid")
    totalOutstanding = shapes.number(of="outstanding")


class LoanRowCounts(shapes.Shape):
    repayments = shapes.count(of="repayment_count")
    scheduleItems = shapes.count(of="instalment_count")


class LoanRow(LoanWithPeople):
    """A loan of a list."""

    loanType = shapes.nested(LoanTypeRef, "type_", id="loan_type_id", maybe=True)
    _count = shapes.nested(LoanRowCounts)


class Repayment(shapes.Shape):
    """Money received on a loan, or its reversal; `reversals` are given by the id of what each takes back."""

    id = shapes.identifier()
    loanId = shapes.identifier()
    receivedByUserId = shapes.identifier(of="received_by")
    amount = shapes.money()
    currencyCode = shapes.text(of="currency")
    paidAt = shapes.moment()
    method = shapes.choice(PaymentMethod)
    reference = shapes.text(maybe=True)
    notes = shapes.text(maybe=True)
    kind = shapes.choice(("REPAYMENT", "RECOVERY", "REVERSAL"))
    reversalOfId = shapes.identifier(maybe=True)
    reversedById = shapes.identifier(of=lambda id, *, reversals: reversals.get(id), maybe=True)
    createdAt = shapes.moment(of="recorded_at")
    updatedAt = shapes.moment(of="recorded_at")
    deletedAt = shapes.moment(maybe=True, always=None)
    receivedBy = shapes.nested(UserRef, "receiver_", id="received_by")


class LoanDocument(documents.Document):
    loanId = shapes.identifier()
    guarantorId = shapes.text(maybe=True)


class Guarantor(shapes.Shape):
    id = shapes.text()
    name = shapes.text()
    documents = shapes.listed(LoanDocument, of="documents")


class LoanDetailCounts(LoanRowCounts):
    documents = shapes.count(of="document_count")


class LoanDetail(LoanWithPeople):
    """A loan with its documents, and with its schedule and its repayments, which are left out (None) where the status
    of the loan does not show them: they are there from the approval on, unless the loan was canceled."""

    unionMember = shapes.nested(Member, "member_", union_id="union_id", officer_id="officer_id")
    customer = shapes.nested(Customer, "member_", union_id="union_id", officer_id="officer_id")
    union = shapes.nested(Union, "union_", officer_="officer_")
    branch = shapes.nested(Union, "union_", officer_="officer_")
    loanType = shapes.nested(LoanTypeScalars, "type_", maybe=True)
    documents = shapes.listed(LoanDocument, of=shapes.given("documents"))
    guarantors = shapes.listed(Guarantor, of=lambda *, documents: guarantors(documents))
    _count = shapes.nested(LoanDetailCounts)
    scheduleItems = shapes.listed(ScheduleItem, of=shapes.given("instalments"), optional=True)
    repayments = shapes.listed(Repayment, of=shapes.given("repayments"), optional=True)


def _next_due_at(*, standing: Standing) -> datetime | None:
    return midnight_utc(standing.next_due.due_on) if standing.next_due else None


class LoanSummary(shapes.Shape):
    """How a loan stands on a day; `standing` is a `Standing`."""

    loanId = shapes.identifier(of="id")
    loanNumber = shapes.text()
    status = shapes.choice(LoanStatus)
    principalAmount = shapes.number(of="principal")
    totalInterest = shapes.number(of="interest_total")
    totalExpected = shapes.number(of=lambda paid, outstanding: paid + outstanding)
    totalPaid = shapes.number(of="paid")
    totalOutstanding = shapes.number(of="outstanding")
    overdueAmount = shapes.number(of=lambda *, standing: standing.arrears.amount)
    overdueCount = shapes.count(of=lambda *, standing: standing.arrears.count)
    daysOverdue = shapes.count(of=lambda *, standing: standing.arrears.days)
    completionPercentage = shapes.number(of=lambda *, standing: standing.completion)
    processingFeeAmount = shapes.number(of="processing_fee")
    penaltyAccrued = shapes.number(of=lambda *, standing: standing.penalty)
    nextDueDate = shapes.moment(of=_next_due_at, maybe=True)
    nextDueAmount = shapes.number(of=lambda *, standing: standing.next_due.outstanding if standing.next_due else ZERO)


Sums = Mapping[LoanStatus, StatusSums]


def _in_status(status: LoanStatus) -> Callable[..., int]:
    """The source of the number of loans in a status."""

    def source(*, sums: Sums) -> int:
        return sums[status].count if status in sums else 0

    return source


class LoanStats(shapes.Shape):
    """`overdue` counts running loans with an unpaid instalment past due. `totalAmount` is the principal of all these
    loans, `outstandingAmount` what is owed on those that were paid out. `sums` are given, by status."""

    total = shapes.count(of=lambda *, sums: sum(each.count for each in sums.values()))
    draft = shapes.count(of=_in_status(LoanStatus.DRAFT))
    pending = shapes.count(of=_in_status(LoanStatus.PENDING_APPROVAL))
    approved = shapes.count(of=_in_status(LoanStatus.APPROVED))
    active = shapes.count(of=_in_status(LoanStatus.ACTIVE))
    completed = shapes.count(of=_in_status(LoanStatus.COMPLETED))
    defaulted = shapes.count(of=_in_status(LoanStatus.DEFAULTED))
    writtenOff = shapes.count(of=_in_status(LoanStatus.WRITTEN_OFF))
    canceled = shapes.count(of=_in_status(LoanStatus.CANCELED))
    overdue = shapes.count(of=lambda *, sums: sum(each.overdue for each in sums.values()))
    totalAmount = shapes.number(of=lambda *, sums: sum((each.principal for each in sums.values()), ZERO))
    totalPaid = shapes.number(of=lambda *, sums: sum((each.paid for each in sums.values()), ZERO))
    outstandingAmount = shapes.number(
        of=lambda *, sums: sum((each.outstanding for status, each in sums.items() if status in PAID_OUT), ZERO)
    )


class UnionStats(shapes.Shape):
    """`totalOutstanding` is what is owed on running loans; `totalDisbursed` the principal of all that were paid out."""

    totalMembers = shapes.count(of="members")
    totalLoans = shapes.count(of="loans")
    activeLoans = shapes.count(of="active")
    pendingLoans = shapes.count(of="pending")
    completedLoans = shapes.count(of="completed")
    totalDisbursed = shapes.number(of="disbursed")
    totalRepaid = shapes.number(of="repaid")
    totalOutstanding = shapes.number(of="outstanding")
