"""Unions and members as tables to be saved."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Connection

from services.membership import shapes
from services.membership.api.bodies import MemberExportQuery, MemberFileQuery, UnionExportQuery, UnionFileQuery
from services.membership.queries.members import every_member, members_page
from services.membership.queries.unions import every_union, unions_page, unions_seen
from services.membership.shapes.files import table_of_members, table_of_unions
from shared.context import Actor
from shared.csv_text import MEDIA_TYPE
from shared.db import UnitOfWork
from shared.files.table import Table
from shared.institution import letterhead
from shared.jobs.lists import ListExport, ListExports
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.exports import audit_export, csv_answer, exported_list, held_rows
from shared.web.schema import documented, load_query
from shared.web.transactions import reading, streaming, transactional
from shared.wire import timestamp
from shared.words import full_name

exports = Blueprint("exports", __name__)

_UNION_COLUMNS = (
    "Name", "Location", "Address", "Credit officer", "Officer e-mail", "Members", "Loans", "Created",
)  # fmt: skip
_MEMBER_COLUMNS = (
    "Code", "First name", "Last name", "Phone", "E-mail", "Address", "City", "State", "Country", "Zip code",
    "Date of birth", "Gender", "Marital status", "Profession", "Company", "Verified", "Union", "Credit officer",
    "Officer e-mail", "Note", "Created",
)  # fmt: skip


@exports.get("/unions/export/csv")
@requires()
@documented(
    "Export unions",
    name="export_unions",
    query=UnionExportQuery,
    answer=shapes.UnionRow,
    many=True,
    other_media_types=(MEDIA_TYPE,),
)
@transactional
def export_unions(uow: UnitOfWork) -> Response:
    """All unions that the filters leave: as CSV without a limit; as JSON more than 10,000 are refused."""
    filters = load_query(UnionExportQuery)
    if filters.pop("format") == "json":
        with reading() as connection:
            find = partial(unions_page, connection, seen_by=current_actor(), offset=0, **filters)
            rows = held_rows(lambda most: find(limit=most)[0])
        exported = len(rows)
        answer = success([shapes.UnionRow.of(row) for row in rows], "Unions exported successfully")
    else:
        with streaming() as connection:
            every = every_union(connection, seen_by=current_actor(), **filters)
            exported, answer = csv_answer("unions.csv", _UNION_COLUMNS, map(_union_cells, every))
    audit_export(uow, action="UNIONS_EXPORTED", entity_name="Union", count=exported)
    return answer


@exports.get("/union-members/export/csv")
@requires()
@documented(
    "Export members",
    name="export_members",
    query=MemberExportQuery,
    answer=shapes.MemberRow,
    many=True,
    other_media_types=(MEDIA_TYPE,),
)
@transactional
def export_members(uow: UnitOfWork) -> Response:
    """All members that the filters leave: as CSV without a limit; as JSON more than 10,000 are refused."""
    filters = load_query(MemberExportQuery)
    if filters.pop("format") == "json":
        with reading() as connection:
            find = partial(members_page, connection, seen_by=current_actor(), offset=0, **filters)
            rows = held_rows(lambda most: find(limit=most)[0])
        exported = len(rows)
        answer = success([shapes.MemberRow.of(row) for row in rows], "Union members exported successfully")
    else:
        with streaming() as connection:
            every = every_member(connection, seen_by=current_actor(), **filters)
            exported, answer = csv_answer("union-members.csv", _MEMBER_COLUMNS, map(_member_cells, every))
    audit_export(uow, action="UNION_MEMBERS_EXPORTED", entity_name="UnionMember", count=exported)
    return answer


def _unions(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> Table:
    """All unions that the filters of the list leave, as CSV, XLSX or PDF."""
    return table_of_unions(every_union(connection, seen_by=actor, **filters), letterhead(connection))


def _members(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> Table:
    """All members that the filters of the list leave, as CSV, XLSX or PDF."""
    return table_of_members(every_member(connection, seen_by=actor, **filters), letterhead(connection))


def _count_unions(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> int:
    return unions_page(connection, seen_by=actor, limit=1, offset=0, **filters)[1]


def _count_members(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> int:
    return members_page(connection, seen_by=actor, limit=1, offset=0, **filters)[1]


UNIONS = ListExport(
    name="unions", title="Unions", query=UnionFileQuery, action="UNIONS_EXPORTED", entity_name="Union", table=_unions,
    count=_count_unions,
)  # fmt: skip
MEMBERS = ListExport(
    name="union-members", title="Members", query=MemberFileQuery, action="UNION_MEMBERS_EXPORTED",
    entity_name="UnionMember", table=_members, count=_count_members,
)  # fmt: skip
EXPORTS = ListExports((UNIONS, MEMBERS), unions_seen)

for _export, _summary, _name in (
    (UNIONS, "Export unions as a file", "export_unions_file"),
    (MEMBERS, "Export members as a file", "export_members_file"),
):
    exports.add_url_rule(f"/{_export.name}/export", view_func=exported_list(_export, _summary, name=_name))


def _union_cells(row: Any) -> Sequence[str | None]:
    return (
        row.name, row.location, row.address, _officer(row), row.officer_email, str(row.member_count),
        str(row.loan_count), timestamp(row.created_at),
    )  # fmt: skip


def _member_cells(row: Any) -> Sequence[str | None]:
    return (
        row.code, row.first_name, row.last_name, row.phone, row.email, row.address, row.city, row.state, row.country,
        row.zip_code, row.date_of_birth and row.date_of_birth.isoformat(), row.gender, row.marital_status,
        row.profession, row.company, "yes" if row.is_verified else "no", row.union_name, _officer(row),
        row.officer_email, row.note, timestamp(row.created_at),
    )  # fmt: skip


def _officer(row: Any) -> str:
    return full_name(row.officer_first_name, row.officer_last_name)
