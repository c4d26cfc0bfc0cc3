"""The transfer of loans to another officer or union, together with their union or their member."""

from uuid import UUID

from services.lending.events import LoanUpdated
from services.lending.queries import counts, locks
from shared.db import UnitOfWork
from shared.directory.handlers import Members
from shared.messaging.handlers import CauseMissing


def transfer_loans_of_union(uow: UnitOfWork, union_id: UUID, officer_id: UUID) -> None:
    """Give the loans of a union to its officer.

    No event is published: services that follow loans know the union of each, and follow the officers of unions.
    """
    moved = locks.hand_over_loans(uow.session, union_id, officer_id)
    counts.loans_handed_over(uow, moved, officer_id)


def transfer_loans_of_members(uow: UnitOfWork, events: Members) -> None:
    """Move the loans of members to the union in which the directory now has the member, and publish each change.

    Raises CauseMissing while the directory does not have that union.
    """
    envelopes = {member.id: envelope for member, envelope in events}
    for member_id, union_id in locks.moved_members(uow.session, envelopes.keys()):
        union = locks.union_for_share(uow.session, union_id)
        if union is None:
            raise CauseMissing(f"union {union_id} is not known yet")
        uow.cause, uow.context = envelopes[member_id].id, envelopes[member_id].context()
        for loan in locks.loans_left_behind(uow.session, member_id, union_id):
            counts.loans_handed_over(uow, [(loan.officer_id, loan.status)], union.officer_id)
            loan.union_id, loan.officer_id, loan.version = union_id, union.officer_id, loan.version + 1
            uow.publish(LoanUpdated.of(loan))
