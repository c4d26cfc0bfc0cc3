"""What people do with members: register one, change their record, verify them, move them to another union."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.membership.domain.deletion import check_member_may_go
from services.membership.domain.member import GENDERS, MARITAL_STATUSES, check_age, lower_case_choice, member_code
from services.membership.domain.officer import check_member_officer
from services.membership.domain.search import searchable
from services.membership.events import MemberCreated, MemberDeleted, MemberUpdated
from services.membership.models import Member, MemberReassignment, Union
from services.membership.queries import counts
from services.membership.queries.loans import loan_count, open_loan_count
from services.membership.queries.members import member_for_update, next_member_number
from services.membership.queries.staff import officer
from services.membership.queries.unions import union_to_join
from services.membership.shapes import MemberScalars
from shared import epochs
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import Conflict, Forbidden
from shared.ids import new_id
from shared.postgres.errors import violated_key

MOVE_REASON = "Union changed in the member's record"
REASSIGNMENT_REASON = "Member reassignment"


class EmailTaken(Conflict):
    """Another member has this e-mail address."""


class AlreadyInUnion(Conflict):
    """The member is where they were to be moved to."""


class MoveForbidden(Forbidden):
    """Only an admin moves members between unions."""


def create_member(
    uow: UnitOfWork,
    *,
    union_id: UUID,
    by: Actor,
    at: datetime,
    today: date,
    officer_id: UUID | None = None,
    **columns: Any,
) -> Member:
    """Take a person into a union under its officer, with the next code. `columns` are those of the
    member that the form has; `today` is the business date the age is counted on.

    Raises UnionNotFound, OfficerOfAnotherUnion, MemberTooYoung, EmailTaken.
    """
    union = union_to_join(uow.session, union_id, seen_by=by)
    _check_officer(uow, officer_id, union.officer_id)
    member = Member(
        id=new_id(),
        code=member_code(next_member_number(uow.session)),
        is_verified=True,
        union_id=union.id,
        officer_id=union.officer_id,
        version=epochs.first_version(uow.connection, uow.source),
        created_by=by.id,
        created_at=at,
        updated_at=at,
    )
    _write(member, columns, today)
    uow.session.add(member)
    _flush(uow)
    counts.member_added(uow.connection, member)
    uow.publish(MemberCreated.of(member))
    _audit(uow, "UNION_MEMBER_CREATED", member)
    return member


def update_member(
    uow: UnitOfWork,
    *,
    member_id: UUID,
    by: Actor,
    at: datetime,
    today: date,
    union_id: UUID | None = None,
    officer_id: UUID | None = None,
    **columns: Any,
) -> Member:
    """Change columns of a member; another `union_id` moves them, which only an admin may do.

    Raises MemberNotFound, UnionNotFound, MoveForbidden, OfficerOfAnotherUnion, MemberTooYoung, EmailTaken.
    """
    # The union before the member, as in assigning a union, so that the two cannot wait for each other.
    target = union_to_join(uow.session, union_id, seen_by=by) if union_id and by.role is Role.ADMIN else None
    member = member_for_update(uow.session, member_id, seen_by=by)
    if union_id not in {None, member.union_id}:
        if target is None:
            raise MoveForbidden("You do not have permission to move a member to another union.", field="unionId")
        _move(uow, member, target, by=by, at=at, reason=MOVE_REASON)
    _check_officer(uow, officer_id, member.officer_id)
    before = MemberScalars.of(member)
    _write(member, columns, today)
    _touch(member, at)
    _flush(uow)
    uow.publish(MemberUpdated.of(member))
    _audit(uow, "UNION_MEMBER_UPDATED", member, before=before)
    return member


def reassign_member(
    uow: UnitOfWork,
    *,
    member_id: UUID,
    union_id: UUID,
    by: Actor,
    at: datetime,
    officer_id: UUID | None = None,
    reason: str | None = None,
) -> Member:
    """Move a member, and their loans, to another union and its officer, who may be named by `officer_id`.

    Raises MemberNotFound, UnionNotFound, OfficerOfAnotherUnion, AlreadyInUnion.
    """
    target = union_to_join(uow.session, union_id, seen_by=by)
    _check_officer(uow, officer_id, target.officer_id)
    member = member_for_update(uow.session, member_id, seen_by=by)
    if member.union_id == target.id:
        raise AlreadyInUnion("The member is already in this union.", field="newUnionId")
    _touch(member, at)
    _move(uow, member, target, by=by, at=at, reason=reason or REASSIGNMENT_REASON)
    uow.session.flush()
    uow.publish(MemberUpdated.of(member))
    return member


def toggle_verification(uow: UnitOfWork, *, member_id: UUID, by: Actor, at: datetime) -> Member:
    """Say that a member is verified, or is not any more. Raises MemberNotFound."""
    member = member_for_update(uow.session, member_id, seen_by=by)
    before = MemberScalars.of(member)
    member.is_verified = not member.is_verified
    _touch(member, at)
    uow.session.flush()
    uow.publish(MemberUpdated.of(member))
    _audit(uow, "UNION_MEMBER_VERIFICATION_TOGGLED", member, before=before)
    return member


def delete_member(uow: UnitOfWork, *, member_id: UUID, by: Actor, at: datetime) -> None:
    """Let a member without open loans go; their e-mail address is free again. Raises MemberNotFound, MemberHasLoans."""
    member = member_for_update(uow.session, member_id, seen_by=by)
    check_member_may_go(open_loan_count(uow.connection, member.id))
    before = MemberScalars.of(member)
    member.deleted_at = at
    _touch(member, at)
    uow.session.flush()
    counts.member_removed(uow.connection, member)
    uow.publish(MemberDeleted.of(member))
    uow.audit(action="UNION_MEMBER_DELETED", entity_name="UnionMember", entity_id=member.id, before=before)


def _touch(member: Member, at: datetime) -> None:
    member.version += 1
    member.updated_at = at


def _move(uow: UnitOfWork, member: Member, target: Union, *, by: Actor, at: datetime, reason: str) -> None:
    before, old_union_id, old_officer_id = MemberScalars.of(member), member.union_id, member.officer_id
    member.union_id, member.officer_id = target.id, target.officer_id
    loans = loan_count(uow.session, member.id)
    counts.member_moved(uow.connection, member, old_union_id, old_officer_id, loans=loans)
    uow.session.add(
        MemberReassignment(
            member_id=member.id,
            old_union_id=old_union_id,
            new_union_id=target.id,
            old_officer_id=old_officer_id,
            new_officer_id=target.officer_id,
            reason=reason,
            reassigned_by=by.id,
            reassigned_at=at,
        )
    )
    metadata = {"from": str(old_union_id), "to": str(target.id), "reason": reason, "loans": loans}
    _audit(uow, "UNION_MEMBER_REASSIGNED", member, before=before, metadata=metadata)


def _check_officer(uow: UnitOfWork, officer_id: UUID | None, union_officer_id: UUID) -> None:
    if officer_id not in {None, union_officer_id}:
        check_member_officer(officer(uow.session, officer_id), union_officer_id)


def _write(member: Member, columns: dict[str, Any], today: date) -> None:
    check_age(columns.get("date_of_birth"), today)
    for name, value in columns.items():
        setattr(member, name, value)
    member.gender = lower_case_choice(member.gender, GENDERS)
    member.marital_status = lower_case_choice(member.marital_status, MARITAL_STATUSES)
    member.search = searchable(member.first_name, member.last_name, member.email, member.phone, member.code)


def _flush(uow: UnitOfWork) -> None:
    """Write the member now, so that the index can say that another one has the e-mail, also to rivals."""
    try:
        uow.session.flush()
    except IntegrityError as error:
        if violated_key(error) != "members_email_key":
            raise
        raise EmailTaken("Email already exists", field="email") from error


def _audit(uow: UnitOfWork, action: str, member: Member, **more: Any) -> None:
    uow.audit(action=action, entity_name="UnionMember", entity_id=member.id, after=MemberScalars.of(member), **more)
