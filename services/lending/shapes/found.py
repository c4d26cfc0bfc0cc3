"""What a search shows: as much as tells one from the other, and where it is."""

from services.lending.domain.loan import LoanStatus
from shared import shapes
from shared.directory import shapes as directory


class FoundMember(directory.MemberRef):
    """A member with a telephone and where they belong."""

    phone = shapes.text(maybe=True)
    union = shapes.nested(directory.UnionRef, "union_")


class FoundUnion(directory.UnionRef):
    creditOfficer = shapes.nested(directory.Person, "officer_", maybe=True)


class Borrower(directory.MemberRef):
    """The member of a loan that was found, in no more than a line."""


class FoundLoan(shapes.Shape):
    id = shapes.identifier()
    loanNumber = shapes.text()
    status = shapes.choice(LoanStatus)
    principalAmount = shapes.money(of="principal")
    unionMember = shapes.nested(Borrower, "member_")
    union = shapes.nested(directory.UnionRef, "union_")


class Found(shapes.Shape):
    """What was found by some words, a few of each; all of it is given."""

    members = shapes.listed(FoundMember, of=shapes.given("members"))
    unions = shapes.listed(FoundUnion, of=shapes.given("unions"))
    loans = shapes.listed(FoundLoan, of=shapes.given("loans"))
