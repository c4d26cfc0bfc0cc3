"""Rows taken for a change.

The member's row is locked before the union's and the loan's, everywhere, so that two changes that touch the same
member come one after the other and never wait for each other. Only the events of payments, which are about many
loans, lock those first: a payment that brings a deleted loan back may have to begin again.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, case, exists, select, update
from sqlalchemy.orm import Session

from services.lending.domain.loan import RUNNING, LoanStatus, loan_number
from services.lending.models import Loan, LoanType, loan_number_sequence
from shared.context import Actor, Role
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.epochs import first_version_of

Handed = Sequence[tuple[UUID, LoanStatus]]
"""Loans that changed hands, each as (former officer, status)."""


def loan_for_update(session: Session, loan_id: UUID, *, seen_by: Actor) -> Loan | None:
    """The loan, if this actor may see it, locked together with its member."""
    member_id = select(Loan.member_id).where(Loan.id == loan_id).scalar_subquery()
    session.execute(select(directory_member.c.id).where(directory_member.c.id == member_id).with_for_update())
    query = select(Loan).where(Loan.id == loan_id, Loan.deleted_at.is_(None), scope(seen_by, Loan.officer_id))
    return session.scalars(query.with_for_update()).one_or_none()


def place_of_applicant(session: Session, member_id: UUID, *, seen_by: Actor) -> Row[tuple[UUID, UUID]] | None:
    """The member's (union_id, officer_id), if this actor may see the union: the member locked, so that two applications
    come one by one, and the union under a share lock, so that its officer stays."""
    members, unions = directory_member.c, directory_union.c
    member = (
        select(members.union_id).where(members.id == member_id, ~members.is_deleted).with_for_update().cte("member")
    )
    query = select(unions.id, unions.officer_id).join(member, member.c.union_id == unions.id)
    query = query.where(scope(seen_by, unions.officer_id))
    return session.execute(query.with_for_update(read=True, of=directory_union)).one_or_none()


def union_for_share(session: Session, union_id: UUID) -> Row[tuple[UUID, UUID]] | None:
    """The union's (id, officer_id) under a share lock: its officer stays so meanwhile."""
    unions = directory_union.c
    query = select(unions.id, unions.officer_id).where(unions.id == union_id)
    return session.execute(query.with_for_update(read=True)).one_or_none()


def place_of_member(session: Session, member_id: UUID) -> Row[tuple[UUID, UUID]]:
    """The member's (union_id, officer_id), who stay so until the end of the transaction."""
    query = (
        select(directory_member.c.union_id, directory_union.c.officer_id)
        .join(directory_union, directory_union.c.id == directory_member.c.union_id)
        .where(directory_member.c.id == member_id)
    )
    return session.execute(query.with_for_update(read=True)).one()


def moved_members(session: Session, member_ids: Collection[UUID]) -> Sequence[Row[tuple[UUID, UUID]]]:
    """Those of the members, as (id, union_id), whose loans are still in a union they left. Nobody moves them meanwhile:
    they are under a share lock, taken in the order of their ids."""
    members = directory_member.c
    left_behind = exists().where(
        Loan.member_id == members.id, Loan.union_id != members.union_id, Loan.deleted_at.is_(None)
    )
    query = select(members.id, members.union_id).where(members.id.in_(member_ids), left_behind).order_by(members.id)
    return session.execute(query.with_for_update(read=True)).all()


def loan_type_for_update(session: Session, loan_type_id: UUID) -> LoanType | None:
    """The loan type, locked."""
    return session.scalars(_live_type(loan_type_id).with_for_update()).one_or_none()


def loan_type_for_share(session: Session, loan_type_id: UUID) -> LoanType | None:
    """The loan type under a share lock: it is neither changed nor deleted while a loan is made from it."""
    return session.scalars(_live_type(loan_type_id).with_for_update(read=True)).one_or_none()


def _live_type(loan_type_id: UUID) -> Select[tuple[LoanType]]:
    return select(LoanType).where(LoanType.id == loan_type_id, LoanType.deleted_at.is_(None))


def has_running_loan(session: Session, member_id: UUID) -> bool:
    """Whether the member has a loan that keeps them from another; the member must be locked."""
    return session.scalar(_running(member_id).limit(1)) is not None


class NewLoan(NamedTuple):
    """What a loan is made with: a number nobody else gets, and its first version."""

    loan_number: str
    version: int


def new_loan(session: Session, member_id: UUID, *, source: str) -> NewLoan | None:
    """What the next loan of a member is made with by this service; None when the member, who must be locked, has a
    loan that keeps them from another."""
    # A statement that brings no object would not see what is still to be written.
    session.flush()
    is_running = _running(member_id).exists()
    number = case((is_running, None), else_=loan_number_sequence.next_value())
    number, version = session.execute(select(number, first_version_of(source))).one()
    return None if number is None else NewLoan(loan_number(number), version)


def _running(member_id: UUID) -> Select[tuple[UUID]]:
    return select(Loan.id).where(Loan.member_id == member_id, Loan.status.in_(RUNNING), Loan.deleted_at.is_(None))


def is_credit_officer(session: Session, user_id: UUID) -> bool:
    """Whether this is somebody who can be responsible for a union."""
    staff = directory_staff.c
    officer = exists().where(staff.id == user_id, staff.role == Role.CREDIT_OFFICER, ~staff.is_deleted)
    return bool(session.scalar(select(officer)))


def hand_over_loans(session: Session, union_id: UUID, officer_id: UUID) -> Handed:
    """Give the loans of a union to its officer; returns those that changed hands.

    One statement: they are locked as they stand now, changed, and what they were comes back.
    """
    theirs = select(Loan.id, Loan.officer_id, Loan.status).where(Loan.union_id == union_id, Loan.deleted_at.is_(None))
    former = theirs.where(Loan.officer_id != officer_id).order_by(Loan.id).with_for_update().cte("former")
    change = update(Loan).where(Loan.id == former.c.id).values(officer_id=officer_id)
    change = change.returning(former.c.officer_id, former.c.status)
    return session.execute(change, execution_options={"synchronize_session": False}).tuples().all()


def loans_left_behind(session: Session, member_id: UUID, union_id: UUID) -> Sequence[Loan]:
    """The loans of a member that are in another union than this one, locked in the order of their ids."""
    theirs = select(Loan).where(Loan.member_id == member_id, Loan.union_id != union_id, Loan.deleted_at.is_(None))
    return session.scalars(theirs.order_by(Loan.id).with_for_update()).all()
