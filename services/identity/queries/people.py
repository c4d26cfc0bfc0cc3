"""Whom a mail is about and whom it goes to: members, their unions, the officers and those who supervise them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Row, Uuid, bindparam, func, select
from sqlalchemy.orm import aliased

from services.identity.models import User
from shared.context import Role
from shared.directory.tables import directory_member, directory_union

_Supervisor = aliased(User, name="supervisor")
_IS_REACHED = User.deleted_at.is_(None) & User.is_active


def _columns(user: Any, prefix: str) -> list[Any]:
    names = ("first_name", "last_name", "email", "is_active", "deleted_at")
    return [getattr(user, name).label(f"{prefix}_{name}") for name in names]


# Built once: to build one takes as long as to run it.
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_member, _union = directory_member.c, directory_union.c
_MEMBERS = select(_member.id, _member.first_name, _member.last_name, _member.email, _member.is_deleted).where(
    _member.id == func.any(_IDS)
)
_UNIONS = (
    select(_union.id, _union.name, *_columns(User, "officer"), *_columns(_Supervisor, "supervisor"))
    .select_from(directory_union)
    .outerjoin(User, User.id == _union.officer_id)
    .outerjoin(_Supervisor, _Supervisor.id == User.supervisor_id)
    .where(_union.id == func.any(_IDS))
)


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
    """Members by id, as far as we have heard of them."""
    return {
        row.id: Person(f"{row.first_name} {row.last_name}", None if row.is_deleted else row.email)
        for row in connection.execute(_MEMBERS, {"ids": list(ids)})
    }


def unions(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Group]:
    """Unions by id, as far as we have heard of them. Who may not act now is not written to."""
    return {
        row.id: Group(row.name, _person(row, "officer"), _person(row, "supervisor"))
        for row in connection.execute(_UNIONS, {"ids": list(ids)})
    }


def active_admins(connection: Connection) -> Sequence[str]:
    """The addresses of all admins."""
    query = select(User.email).where(User.role == Role.ADMIN, _IS_REACHED).order_by(User.email)
    return connection.execute(query).scalars().all()


def _person(row: Row[Any], prefix: str) -> Person:
    values = {name: getattr(row, f"{prefix}_{name}") for name in ("first_name", "last_name", "email")}
    is_reached = getattr(row, f"{prefix}_is_active") and getattr(row, f"{prefix}_deleted_at") is None
    name = " ".join(part for part in (values["first_name"], values["last_name"]) if part)
    return Person(name or values["email"] or "", values["email"] if is_reached else None)
