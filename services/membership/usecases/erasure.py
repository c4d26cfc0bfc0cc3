"""Erasing the personal data of a member who asked for it; what money facts refer to stays: ids and the code."""

from datetime import datetime
from uuid import UUID

from services.membership.domain.erasure import BLANK, ERASED, check_may_erase
from services.membership.domain.search import searchable
from services.membership.events import MemberErased
from services.membership.models import Member
from services.membership.queries import counts, erasures
from shared.context import Actor
from shared.db import UnitOfWork
from shared.erasure.answers import blank_answers
from shared.erasure.noted import Erased, note
from shared.erasure.redaction import words_of
from shared.storage import unclaimed
from shared.storage.keys import key_of

_AT_ONCE = 50


def erase_member(uow: UnitOfWork, *, member_id: UUID, confirmation: str, reason: str, by: Actor, at: datetime) -> None:
    """Take everything from the books that says who a member is, who was deleted or is deleted by this. `confirmation`
    is the member's code. Other services erase what they keep when they hear of it.

    Raises MemberNotFound, AlreadyErased, ErasureNotConfirmed, MemberOwes.
    """
    member = erasures.member_to_erase(uow.session, member_id)
    check_may_erase(
        code=member.code,
        confirmation=confirmation,
        owed_loans=erasures.owed_loan_count(uow.connection, member.id),
        is_erased=member.erased_at is not None,
    )
    erasures.note_erasure(uow.connection, member_id=member.id, reason=reason, by=by.id, at=at)
    _erase(uow, member, at=at)
    metadata = {"reason": reason}
    uow.audit(action="UNION_MEMBER_ERASED", entity_name="UnionMember", entity_id=member.id, metadata=metadata)


def erase_again(uow: UnitOfWork, *, at: datetime) -> int:
    """Erase members anew who are there again, because an older state was restored; returns how many, a few at once."""
    members = erasures.members_to_erase_again(uow.session, _AT_ONCE)
    for member in members:
        _erase(uow, member, at=at)
        metadata = {"reason": "An older state was restored, in which they were not erased."}
        uow.audit(action="UNION_MEMBER_ERASED", entity_name="UnionMember", entity_id=member.id, metadata=metadata)
    return len(members)


def _erase(uow: UnitOfWork, member: Member, *, at: datetime) -> None:
    """Blank a locked member and let go of their files."""
    picture = key_of(member.profile_image)
    for key in (*erasures.remove_documents(uow.connection, member.id), *([picture] if picture else ())):
        unclaimed.note(uow.connection, key)
    erasures.blank_reasons(uow.connection, member.id, ERASED)
    blank_answers(uow.connection, {member.id: member.code})
    words = words_of(member.first_name, member.last_name, member.email, member.phone)
    note(uow.connection, [Erased(member.id, member.code, words)])
    for name, value in BLANK.items():
        setattr(member, name, value)
    member.search = searchable(ERASED, member.code)
    was_live = member.deleted_at is None
    member.deleted_at = member.deleted_at or at
    member.erased_at = member.updated_at = at
    member.version += 1
    uow.session.flush()
    if was_live:
        counts.member_removed(uow.connection, member)
    uow.publish(MemberErased.of(member))
