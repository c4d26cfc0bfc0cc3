"""What may be taken out of the books."""

from shared.errors import Conflict


class MemberHasLoans(Conflict):
    """The member has a loan that is still to be decided or repaid."""


class UnionNotEmpty(Conflict):
    """The union has members, or loans."""


def check_member_may_go(open_loans: int) -> None:
    """`open_loans` counts those of the member that are still to be decided or repaid. Raises MemberHasLoans."""
    if open_loans:
        raise MemberHasLoans("Cannot delete a member who has loans that are not closed.")


def check_union_may_go(members: int, loans: int) -> None:
    """`members` counts those who are in the union, `loans` all of its loans, those that have ended and those of former
    members included. Raises UnionNotEmpty."""
    if members or loans:
        raise UnionNotEmpty("Cannot delete a union that has members or loans.")
