"""What membership keeps about a member: who they are, their papers, where they were, and that they were erased."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.membership.models import Member, MemberDocument, MemberErasure, MemberLoan, MemberReassignment
from services.membership.queries.members import MemberNotFound
from shared.backup.contents import Section
from shared.member_data import MEMBER, records

SECTIONS = (
    Section("member", records(Member).where(Member.id == MEMBER)),
    Section("documents", records(MemberDocument, "key").where(MemberDocument.member_id == MEMBER)),
    Section("reassignments", records(MemberReassignment).where(MemberReassignment.member_id == MEMBER)),
    Section("loans", records(MemberLoan).where(MemberLoan.member_id == MEMBER)),
    Section("erasures", records(MemberErasure).where(MemberErasure.member_id == MEMBER)),
)


def find_member(session: Session, member_id: UUID) -> Member:
    """The member, be they deleted or erased. Raises MemberNotFound."""
    member = session.get(Member, member_id)
    if member is None:
        raise MemberNotFound("Union member not found")
    return member
