"""What lending shows of a union as a branch, which is what older pages call it."""

from services.lending.shapes.loans import LoanRow
from shared import shapes
from shared.directory import shapes as directory


class StaffMember(directory.Manager):
    isActive = shapes.flag(missing=True)
    createdAt = shapes.moment(maybe=True)


class StaffOfBranch(shapes.Shape):
    """The officer of a union."""

    officer = shapes.included(StaffMember, "officer_")


class CustomerRow(directory.MemberOfDirectory):
    """A member of the union."""

    union = shapes.nested(directory.UnionRef, "union_")
    branch = shapes.nested(directory.UnionRef, "union_")
    currentOfficer = shapes.nested(directory.UserRef, "officer_")


class BranchDetail(directory.Branch):
    """A union as a branch, with its officer, its members and their loans; `staff` is a list of its row."""

    users = shapes.listed(StaffOfBranch, of=shapes.given("staff"))
    customers = shapes.listed(CustomerRow, of=shapes.given("members"))
    loans = shapes.listed(LoanRow, of=shapes.given("loans"))


class BranchStats(shapes.Shape):
    """Counts of a union; its one credit officer is all of its staff."""

    totalUsers = shapes.count(always=1)
    totalCustomers = shapes.count(of="members")
    totalLoans = shapes.count(of="loans")
    activeLoans = shapes.count(of="active")
    pendingLoans = shapes.count(of="pending")
    completedLoans = shapes.count(of="completed")
