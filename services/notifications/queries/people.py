"""Whom a mail is about and whom it goes to: members, their unions, the officers and those who supervise them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Row, Uuid, bindparam, func, select
from sqlalchemy.sql.selectable import NamedFromClause

from shared.context import Role
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.words import full_name

_officer, _supervisor = directory_staff.alias("officer"), directory_staff.alias("supervisor")


def _columns(staff: NamedFromClause) -> list[Any]:
    names = ("first_name", "last_name", "email", "is_active", "is_deleted")
    return [staff.c[name].label(f"{staff.name}_{name}") for name in names]


# Built once: to build one takes as long as to run it.
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_member, _union = directory_member.c, directory_union.c
_MEMBERS = select(_member.id, _member.first_name, _member.last_name, _member.email, _member.is_deleted).where(
    _member.id == func.any(_IDS)
)
_UNIONS = (
    select(_union.id, _union.name, *_columns(_officer), *_columns(_supervisor))
    .select_from(directory_union)
    .outerjoin(_officer, _officer.c.id == _union.officer_id)
    .outerjoin(_supervisor, _supervisor.c.id == _officer.c.supervisor_id)
    .where(_union.id == func.any(_IDS))
)


_COLLEAGUE = select(
    directory_staff.c.first_name, directory_staff.c.email, directory_staff.c.is_active, directory_staff.c.is_deleted
).where(directory_staff.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a name; without an address they are not written to."""

    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """A union: its name, its officer, and the officer's supervisor."""

    name: str
    officer: Person
    supervisor: Person


def members(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """Members by id, as far as the directory holds them."""
    return {
        row.id: Person(full_name(row.first_name, row.last_name), None if row.is_deleted else row.email)
        for row in connection.execute(_MEMBERS, {"ids": list(ids)})
    }


def unions(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Group]:
    """Unions by id, as far as the directory holds them. Who may not act now is not written to."""
    return {
        row.id: Group(row.name, _person(row, "officer"), _person(row, "supervisor"))
        for row in connection.execute(_UNIONS, {"ids": list(ids)})
    }


def colleague(connection: Connection, user_id: UUID) -> Person | None:
    """A member of staff, by first name where there is one; None while the directory does not hold them."""
    row = connection.execute(_COLLEAGUE, {"id": user_id}).one_or_none()
    return Person(row.first_name or row.email, row.email) if row else None


def active_colleague(connection: Connection, user_id: UUID) -> Person | None:
    """A member of staff, without an address unless they may act; None while the directory does not hold them."""
    row = connection.execute(_COLLEAGUE, {"id": user_id}).one_or_none()
    if row is None:
        return None
    return Person(row.first_name or row.email, row.email if row.is_active and not row.is_deleted else None)


def active_admins(connection: Connection) -> Sequence[str]:
    """The addresses of all admins who may act."""
    staff = directory_staff.c
    query = select(staff.email).where(staff.role == Role.ADMIN.value, staff.is_active, ~staff.is_deleted)
    return connection.execute(query.order_by(staff.email)).scalars().all()


def _person(row: Row[Any], prefix: str) -> Person:
    values = {name: getattr(row, f"{prefix}_{name}") for name in ("first_name", "last_name", "email")}
    is_reached = getattr(row, f"{prefix}_is_active") and not getattr(row, f"{prefix}_is_deleted")
    name = full_name(values["first_name"], values["last_name"])
    return Person(name or values["email"] or "", values["email"] if is_reached else None)
