"""Who was responsible for what before: unions that went to another officer, members that went to another union."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from services.membership.domain.assignment import AssignmentKind
from services.membership.models import Member, MemberReassignment, Union, UnionAssignment
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_staff
from shared.search import contains_words

_union, _old_union, _new_union = (Union.__table__.alias(name) for name in ("of_union", "old_union", "new_union"))
_old_officer, _new_officer, _author = (directory_staff.alias(name) for name in ("old_officer", "new_officer", "author"))


def assignments_page(
    connection: Connection, *, seen_by: Actor, limit: int, offset: int, search: str | None = None, **filters: Any
) -> tuple[Sequence[Row[Any]], int]:
    """A page of the history of the unions and members an actor may see now, newest first, and the total.

    `filters` are `kind`, `at_from` and `at_before`, an instant.
    """
    lines = _with_names(_lines(seen_by))
    conditions = _conditions(lines, search, filters)
    page = select(lines).where(*conditions).order_by(lines.c.at.desc(), lines.c.id.desc()).limit(limit).offset(offset)
    total = connection.execute(select(func.count()).select_from(lines).where(*conditions), filters).scalar_one()
    return connection.execute(page, filters).all(), total


def _conditions(lines: Any, search: str | None, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    by_name = {
        "kind": lines.c.kind == bindparam("kind"),
        "at_from": lines.c.at >= bindparam("at_from"),
        "at_before": lines.c.at < bindparam("at_before"),
    }
    conditions = [condition for name, condition in by_name.items() if name in filters]
    return [*conditions, contains_words(func.lower(lines.c.words), search)] if search else conditions


def _lines(seen_by: Actor) -> Any:
    """The lines of both histories, with the same columns."""
    no_id = cast(null(), Uuid)
    assigned, moved = UnionAssignment.__table__.c, MemberReassignment.__table__.c
    of_unions = (
        select(
            assigned.id, literal(AssignmentKind.UNION_ASSIGNED.value).label("kind"), no_id.label("member_id"),
            assigned.union_id.label("union_id"), no_id.label("old_union_id"), no_id.label("new_union_id"),
            assigned.old_officer_id, assigned.new_officer_id, assigned.reason, assigned.assigned_by.label("by"),
            assigned.assigned_at.label("at"),
        )
        .join(Union, Union.id == assigned.union_id)
        .where(scope(seen_by, Union.officer_id))
    )  # fmt: skip
    of_members = (
        select(
            moved.id, literal(AssignmentKind.MEMBER_MOVED.value).label("kind"), moved.member_id,
            no_id.label("union_id"),
            moved.old_union_id, moved.new_union_id, moved.old_officer_id, moved.new_officer_id, moved.reason,
            moved.reassigned_by.label("by"), moved.reassigned_at.label("at"),
        )
        .join(Member, Member.id == moved.member_id)
        .where(scope(seen_by, Member.officer_id))
    )  # fmt: skip
    return union_all(of_unions, of_members).subquery("line")


def _with_names(lines: Any) -> Any:
    member = Member.__table__
    member_name = func.concat_ws(" ", member.c.code, member.c.first_name, member.c.last_name, type_=String)
    named = {
        "member_name": func.nullif(member_name, ""),
        "union_name": _union.c.name,
        "old_union_name": _old_union.c.name,
        "new_union_name": _new_union.c.name,
        "old_officer_email": _old_officer.c.email,
        "new_officer_email": _new_officer.c.email,
        "author_email": _author.c.email,
    }
    query: Select[Any] = select(
        *lines.c, *(column.label(name) for name, column in named.items()),
        func.concat_ws(" ", *named.values(), lines.c.reason).label("words"),
    )  # fmt: skip
    joined = lines.outerjoin(member, member.c.id == lines.c.member_id)
    for table, identifier in _joined_tables(lines):
        joined = joined.outerjoin(table, table.c.id == identifier)
    return query.select_from(joined).subquery("named_line")


def _joined_tables(lines: Any) -> Sequence[tuple[Any, ColumnElement[UUID]]]:
    return (
        (_union, lines.c.union_id),
        (_old_union, lines.c.old_union_id),
        (_new_union, lines.c.new_union_id),
        (_old_officer, lines.c.old_officer_id),
        (_new_officer, lines.c.new_officer_id),
        (_author, lines.c.by),
    )
