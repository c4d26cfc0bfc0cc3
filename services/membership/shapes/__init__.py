"""What membership shows of unions, members and their documents, in answers and in the audit trail."""

from services.membership.domain.assignment import AssignmentKind
from services.membership.domain.transfer import TransferStatus
from shared import shapes
from shared.directory import shapes as directory
from shared.documents import shapes as documents
from shared.words import full_name


class OfficerOfUnion(directory.UserRef):
    supervisor = shapes.nested(directory.Person, "supervisor_", maybe=True)


class UnionCounts(shapes.Shape):
    unionMembers = shapes.count(of="member_count")
    loans = shapes.count(of="loan_count")


class UnionRow(directory.Union):
    creditOfficer = shapes.nested(directory.UserRef, "officer_")
    _count = shapes.nested(UnionCounts)


class UnionDetail(UnionRow):
    creditOfficer = shapes.nested(OfficerOfUnion, "officer_", supervisor_="supervisor_")


class BranchRow(directory.Branch):
    """A union as a branch."""


class UnionOfMember(directory.UnionRef):
    """The union of a member in short."""


class OfficerOfMember(directory.Person):
    supervisorId = shapes.identifier(maybe=True)


class UnionOfMemberDetail(UnionOfMember):
    creditOfficerId = shapes.identifier(of="officer_id")
    creditOfficer = shapes.nested(OfficerOfMember, "officer_")


class MemberScalars(directory.Member):
    """A member without anybody else, as the audit trail keeps them."""


class MemberRow(MemberScalars):
    union = shapes.nested(UnionOfMember, "union_")
    branch = shapes.nested(UnionOfMember, "union_")
    currentOfficer = shapes.nested(directory.UserRef, "officer_")


class DocumentSnapshot(documents.DocumentFacts):
    """A document as the audit trail keeps it."""

    unionMemberId = shapes.identifier(of="member_id")


class DocumentOfMember(documents.Document):
    unionMemberId = shapes.identifier(of="member_id")


class VerifiedDocument(DocumentOfMember):
    unionMember = shapes.nested(MemberScalars, of=shapes.given("member"))


class MemberCounts(shapes.Shape):
    loans = shapes.count(of="loan_count")
    documents = shapes.count(of=lambda *, documents: len(documents))


class MemberDetail(MemberRow):
    """A member with their documents, which are rows. A member's officer is the union's."""

    union = shapes.nested(UnionOfMemberDetail, "union_", officer_="officer_")
    branch = shapes.nested(UnionOfMemberDetail, "union_", officer_="officer_")
    documents = shapes.listed(DocumentOfMember, of=shapes.given("documents"))
    _count = shapes.nested(MemberCounts)


class Picture(shapes.Shape):
    """The picture of a member."""

    url = shapes.public_file(of="profile_image")
    profileImage = shapes.public_file()


class Email(shapes.Shape):
    """Whether an address belongs to a member."""

    exists = shapes.flag(of=shapes.given("exists"))
    isUnique = shapes.flag(of=lambda *, exists: not exists)


class Assignment(shapes.Shape):
    """A line of the history: of a union that went to another officer, or of a member who went to another union."""

    id = shapes.identifier()
    type = shapes.choice(AssignmentKind, of="kind")
    userId = shapes.identifier(maybe=True, of="member_id")
    userEmail = shapes.text(maybe=True, of="member_name")
    branchId = shapes.identifier(maybe=True, of="union_id")
    branchName = shapes.text(maybe=True, of="union_name")
    oldBranchId = shapes.identifier(maybe=True, of="old_union_id")
    oldBranchName = shapes.text(maybe=True, of="old_union_name")
    newBranchId = shapes.identifier(maybe=True, of="new_union_id")
    newBranchName = shapes.text(maybe=True, of="new_union_name")
    oldManagerId = shapes.identifier(maybe=True, of="old_officer_id")
    oldManagerEmail = shapes.text(maybe=True, of="old_officer_email")
    newManagerId = shapes.identifier(maybe=True, of="new_officer_id")
    newManagerEmail = shapes.text(maybe=True, of="new_officer_email")
    changedByUserId = shapes.identifier(of="by")
    changedByEmail = shapes.text(maybe=True, of="author_email")
    reason = shapes.text()
    timestamp = shapes.moment(of="at")


class Bulk(shapes.Shape):
    """What giving a union to one officer came to; all of it is given."""

    operation = shapes.choice(("assignBranch",), of=shapes.given("operation"))
    requestedCount = shapes.count(of=shapes.given("requested"))
    affectedCount = shapes.count(of=shapes.given("affected"))
    message = shapes.text(of=shapes.given("message"))


_OFFICER = "Id of the credit officer who is to get the union."


class TransferSnapshot(shapes.Shape):
    """A transfer itself, as the audit trail keeps it. Repayments belong to their loan, so none of them is moved."""

    id = shapes.identifier()
    userId = shapes.identifier(of="officer_id", description=_OFFICER)
    branchId = shapes.identifier(of="union_id")
    reason = shapes.text(maybe=True)
    status = shapes.choice(TransferStatus)
    transferDate = shapes.moment(of=lambda created_at, ended_at: ended_at or created_at)
    effectiveDate = shapes.day(of="effective_on")
    customersTransferred = shapes.count(of="members_moved")
    loansTransferred = shapes.count(of="loans_moved")
    repaymentsTransferred = shapes.count(always=0)
    notes = shapes.text(maybe=True)


class TransferredOfficer(directory.StaffRef):
    name = shapes.text(of=lambda first_name, last_name, email: full_name(first_name, last_name) or email or "")


class TransferAuthor(shapes.Shape):
    id = shapes.identifier()
    email = shapes.text(missing="")


class Transfer(TransferSnapshot):
    """A union that is to go, or went, to another credit officer."""

    user = shapes.nested(TransferredOfficer, "officer_")
    branch = shapes.nested(directory.BranchRef, "union_")
    fromBranch = shapes.nested(directory.BranchRef, "from_union_", maybe=True)
    toBranch = shapes.nested(directory.BranchRef, "union_")
    createdBy = shapes.nested(TransferAuthor, "author_", id="created_by")


class Transfers(shapes.Shape):
    transfers = shapes.listed(Transfer, of=shapes.given("rows"))
