"""Whom a mail is about and whom it goes to: members, their unions, the officers and those who supervise them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased

from services.identity.models import User
from shared.context import Role
from shared.directory.tables import directory_member, directory_union

_Supervisor = aliased(User, name="supervisor")
_IS_REACHED = User.deleted_at.is_(None) & User.is_active


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
    member = directory_member.c
    query = select(member.id, member.first_name, member.last_name, member.email, member.is_deleted)
    return {
        row.id: Person(f"{row.first_name} {row.last_name}", None if row.is_deleted else row.email)
        for row in connection.execute(query.where(member.id.in_(ids)))
    }


def unions(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Group]:
    """Unions by id, as far as we have heard of them. Who may not act now is not written to."""
    union = directory_union.c
    query = select(
        union.id,
        union.name,
        *_columns(User, "officer"),
        *_columns(_Supervisor, "supervisor"),
    )
    query = query.outerjoin(User, User.id == union.officer_id)
    query = query.outerjoin(_Supervisor, _Supervisor.id == User.supervisor_id)
    return {
        row.id: Group(row.name, _person(row, "officer"), _person(row, "supervisor"))
        for row in connection.execute(query.where(union.id.in_(ids)))
    }


def active_admins(connection: Connection) -> Sequence[str]:
    """The addresses of all admins."""
    query = select(User.email).where(User.role == Role.ADMIN, _IS_REACHED).order_by(User.email)
    return connection.execute(query).scalars().all()


def _columns(user: Any, prefix: str) -> list[Any]:
    names = ("first_name", "last_name", "email", "is_active", "deleted_at")
    return [getattr(user, name).label(f"{prefix}_{name}") for name in names]


def _person(row: Row[Any], prefix: str) -> Person:
    values = {name: getattr(row, f"{prefix}_{name}") for name in ("first_name", "last_name", "email")}
    is_reached = getattr(row, f"{prefix}_is_active") and getattr(row, f"{prefix}_deleted_at") is None
    name = " ".join(part for part in (values["first_name"], values["last_name"]) if part)
    return Person(name or values["email"] or "", values["email"] if is_reached else None)
