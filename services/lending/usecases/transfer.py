"""Loans go where their unions and members go."""

from uuid import UUID

from services.lending.events import LoanUpdated
from services.lending.queries import counts, locks
from shared.db import UnitOfWork
from shared.directory.handlers import Events
from shared.messaging.handlers import CauseMissing


def hand_over(uow: UnitOfWork, union_id: UUID, officer_id: UUID) -> None:
    """Whoever is the officer of a union is the officer of its loans.

    Nobody is told: who follows loans knows their union, and its officer from the same event as we do.
    """
    moved = locks.hand_over_loans(uow.session, union_id, officer_id)
    counts.loans_handed_over(uow.connection, moved, officer_id)


def take_loans_along(uow: UnitOfWork, events: Events) -> None:
    """The loans of a member who moved go to the union where the directory now has the member; each is told.

    Raises CauseMissing while that union is not known.
    """
    news = {member["member_id"]: envelope for member, envelope in events}
    for member_id, union_id in locks.moved_members(uow.session, news.keys()):
        union = locks.union_for_share(uow.session, union_id)
        if union is None:
            raise CauseMissing(f"union {union_id} is not known yet")
        uow.cause, uow.context = news[member_id].id, news[member_id].context()
        for loan in locks.loans_left_behind(uow.session, member_id, union_id):
            counts.loans_handed_over(uow.connection, [(loan.officer_id, loan.status)], union.officer_id)
            loan.union_id, loan.officer_id, loan.version = union_id, union.officer_id, loan.version + 1
            uow.publish(LoanUpdated.of(loan))
