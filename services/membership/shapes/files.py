"""Unions and members as tables to be saved."""

from collections.abc import Iterable
from typing import Any

from shared.files.columns import Column, Kind, Row
from shared.files.table import Letterhead, Table
from shared.words import full_name

_OFFICER = (Column("officerName", "Credit officer"), Column("officerEmail", "Officer e-mail"))
_UNIONS = (
    Column("name", "Name"),
    Column("location", "Location"),
    Column("address", "Address"),
    *_OFFICER,
    Column("memberCount", "Members", Kind.COUNT),
    Column("loanCount", "Loans", Kind.COUNT),
    Column("createdAt", "Created", Kind.MOMENT),
)
_MEMBERS = (
    Column("code", "Code"),
    Column("firstName", "First name"),
    Column("lastName", "Last name"),
    Column("phone", "Phone"),
    Column("email", "E-mail"),
    Column("address", "Address"),
    Column("city", "City"),
    Column("state", "State"),
    Column("dateOfBirth", "Date of birth", Kind.DAY),
    Column("gender", "Gender"),
    Column("profession", "Profession"),
    Column("isVerified", "Verified"),
    Column("unionName", "Union"),
    *_OFFICER,
    Column("createdAt", "Created", Kind.MOMENT),
)


def table_of_unions(rows: Iterable[Any], letterhead: Letterhead) -> Table:
    """Unions with their officers, and how many members and loans they have."""
    return Table(title="Unions", columns=_UNIONS, rows=map(_union, rows), letterhead=letterhead)


def table_of_members(rows: Iterable[Any], letterhead: Letterhead) -> Table:
    """Members with their unions."""
    return Table(title="Union members", columns=_MEMBERS, rows=map(_member, rows), letterhead=letterhead)


def _union(row: Any) -> Row:
    return (
        row.name,
        row.location,
        row.address,
        *_officer(row),
        row.member_count,
        row.loan_count,
        row.created_at,
    )


def _member(row: Any) -> Row:
    return (
        row.code,
        row.first_name,
        row.last_name,
        row.phone,
        row.email,
        row.address,
        row.city,
        row.state,
        row.date_of_birth,
        row.gender,
        row.profession,
        "yes" if row.is_verified else "no",
        row.union_name,
        *_officer(row),
        row.created_at,
    )


def _officer(row: Any) -> Row:
    return full_name(row.officer_first_name, row.officer_last_name), row.officer_email
