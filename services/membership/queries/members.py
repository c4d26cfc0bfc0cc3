"""Members."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from services.membership.models import Member, MemberLoan, Union, member_number
from services.membership.queries.counts import MEMBER
from services.membership.queries.loans import DELETED
from shared.context import Actor, Role
from shared.directory.scope import ACTOR_ID, all_in_scope, scope, scope_of
from shared.directory.tables import directory_staff as staff
from shared.errors import NotFound
from shared.postgres.pages import PageStatement, Rows
from shared.postgres.rows import labelled
from shared.search import contains_words
from shared.tally import counted, tally

members, unions = Member.__table__.c, Union.__table__.c

_FILTERS = ("union_id", "officer_id")
_KEPT_FROM_VIEW = {"search", "version", "created_by", "deleted_at", "erased_at"}
_WITH_UNION_AND_OFFICER = (
    select(
        *(column for column in members if column.name not in _KEPT_FROM_VIEW),
        *labelled("union", unions, "name", "location"),
        *labelled("officer", staff.c, "email", "first_name", "last_name"),
    )
    .select_from(Member.__table__)
    .join(Union.__table__, unions.id == members.union_id)
    .outerjoin(staff, staff.c.id == members.officer_id)
    .where(members.deleted_at.is_(None))
)
_LOAN_COUNT = (
    select(func.count()).where(MemberLoan.member_id == members.id, MemberLoan.status != DELETED).scalar_subquery()
)
_DETAIL = _WITH_UNION_AND_OFFICER.add_columns(
    staff.c.supervisor_id.label("officer_supervisor_id"), _LOAN_COUNT.label("loan_count")
)


class MemberNotFound(NotFound):
    """No such member, or not for this actor to see."""


def next_member_number(session: Session) -> int:
    """The number of the next member, never given before."""
    return session.scalars(select(member_number.next_value())).one()


def member_for_update(session: Session, member_id: UUID, *, seen_by: Actor) -> Member:
    """The member, locked. Raises MemberNotFound."""
    statement = select(Member).where(
        Member.id == member_id, Member.deleted_at.is_(None), scope(seen_by, Member.officer_id)
    )
    member = session.scalars(statement.with_for_update()).one_or_none()
    if member is None:
        raise MemberNotFound("Union member not found")
    return member


def give_members_to(session: Session, union_id: UUID, officer_id: UUID) -> int:
    """Make this officer the officer of all members of the union; returns how many there are."""
    of_union = update(Member).where(Member.union_id == union_id, Member.deleted_at.is_(None))
    return session.connection().execute(of_union.values(officer_id=officer_id)).rowcount


def email_exists(connection: Connection, email: str, *, besides: UUID | None) -> bool:
    """Whether a member, besides one, has this e-mail address, which is in lower case."""
    another = exists().where(members.email == email, members.deleted_at.is_(None))
    another = another.where(members.id != besides) if besides else another
    return bool(connection.execute(select(another)).scalar_one())


def member_detail(connection: Connection, member_id: UUID, *, seen_by: Actor) -> Row[Any]:
    """A member with union, officer and loan count. Raises MemberNotFound."""
    values = {"actor_id": seen_by.id, "member_id": member_id}
    row = connection.execute(_detail(seen_by.role), values).one_or_none()
    if row is None:
        raise MemberNotFound("Union member not found")
    return row


def members_page(
    connection: Connection,
    *,
    seen_by: Actor,
    limit: int,
    offset: int,
    union_id: UUID | None = None,
    officer_id: UUID | None = None,
    search: str | None = None,
) -> tuple[Rows, int]:
    """A page of the members an actor may see, newest first, narrowed by the filters, and the total."""
    statement = _page(seen_by.role, union_id is not None, officer_id is not None, search)
    values = {"actor_id": seen_by.id, "union_id": union_id, "officer_id": officer_id}
    return statement.page(connection, values, limit=limit, offset=offset)


def every_member(connection: Connection, *, seen_by: Actor, **filters: Any) -> Iterator[Any]:
    """All members that `members_page` would have on its pages, as they come from the database."""
    statement = _page(seen_by.role, *(filters.get(name) is not None for name in _FILTERS), filters.get("search"))
    return statement.stream(connection, {"actor_id": seen_by.id} | {name: filters.get(name) for name in _FILTERS})


@lru_cache
def _detail(role: Role) -> Select[Any]:
    return _DETAIL.where(members.id == bindparam("member_id"), scope_of(role, members.officer_id, ACTOR_ID))


@lru_cache(maxsize=200)
def _page(role: Role, by_union: bool, by_officer: bool, search: str | None) -> PageStatement:
    conditions = [scope_of(role, members.officer_id, ACTOR_ID)]
    if by_union:
        conditions.append(members.union_id == bindparam("union_id"))
    if by_officer:
        conditions.append(members.officer_id == bindparam("officer_id"))
    if search:
        conditions.append(contains_words(members.search, search))
        found = select(func.count()).where(members.deleted_at.is_(None), *conditions).scalar_subquery()
    else:
        found = _tallied(role, by_union, by_officer)
    newest_first = _WITH_UNION_AND_OFFICER.order_by(members.created_at.desc(), members.id.desc())
    return PageStatement.of(newest_first.where(*conditions), found)


def _tallied(role: Role, by_union: bool, by_officer: bool) -> Any:
    """The total without counting: by union when the filter names one in scope, else by officer, else of everybody."""
    officer_id: BindParameter[UUID] = bindparam("officer_id")
    if by_union:
        union_in_scope = exists().where(unions.id == bindparam("union_id"), scope_of(role, unions.officer_id, ACTOR_ID))
        union_in_scope = union_in_scope.where(unions.officer_id == officer_id) if by_officer else union_in_scope
        return counted(MEMBER, tally.c.owner_id == bindparam("union_id"), union_in_scope)
    if by_officer:
        return counted(MEMBER, tally.c.owner_id == officer_id, scope_of(role, tally.c.owner_id, ACTOR_ID))
    return counted(MEMBER, all_in_scope(role))
