"""Keeps the directory: each event carries the whole state, so the newest version wins and order does not matter."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert

from shared.db import UnitOfWork
from shared.directory.tables import directory_member, directory_staff, directory_union, revoked_session
from shared.messaging.events import Envelope
from shared.messaging.handlers import Data, EventSchema, Handlers

Events = Sequence[tuple[Data, Envelope]]

UnionAssigned = Callable[[UnitOfWork, UUID, UUID], None]
"""What a service does when a union has another officer: (unit of work, union, officer)."""
MembersKept = Callable[[UnitOfWork, Events], None]
"""What a service does once the directory has members as these events, in the form of `MemberEvent`, tell of them."""


class StaffEvent(EventSchema):
    user_id = fields.UUID(required=True)
    email = fields.String(required=True)
    first_name = fields.String(allow_none=True, load_default=None)
    last_name = fields.String(allow_none=True, load_default=None)
    phone = fields.String(allow_none=True, load_default=None)
    address = fields.String(allow_none=True, load_default=None)
    role = fields.String(required=True)
    supervisor_id = fields.UUID(allow_none=True, load_default=None)
    is_active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.UUID(allow_none=True, load_default=None)
    password_set_by = fields.UUID(allow_none=True, load_default=None)
    password_set_at = fields.AwareDateTime(allow_none=True, load_default=None)


class SessionRevoked(EventSchema):
    session_id = fields.UUID(required=True)
    expires_at = fields.AwareDateTime(required=True)


class UnionEvent(EventSchema):
    union_id = fields.UUID(required=True)
    name = fields.String(required=True)
    location = fields.String(allow_none=True, load_default=None)
    address = fields.String(allow_none=True, load_default=None)
    officer_id = fields.UUID(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class MemberEvent(EventSchema):
    """A member; `details` are all other facts, as the event has them."""

    member_id = fields.UUID(required=True)
    code = fields.String(required=True)
    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    union_id = fields.UUID(required=True)
    details = fields.Dict(required=True)


def follow_staff(handlers: Handlers) -> None:
    """Keep staff and revoked sessions."""

    @handlers.on(
        "identity.user.created.v1", "identity.user.updated.v1", "identity.user.deleted.v1", schema=StaffEvent()
    )
    def keep_staff(uow: UnitOfWork, data: Data, envelope: Envelope) -> None:
        data["id"] = data.pop("user_id")
        _keep(uow, directory_staff, data, envelope)

    @handlers.on("identity.session.revoked.v1", schema=SessionRevoked())
    def keep_revoked_session(uow: UnitOfWork, data: Data, envelope: Envelope) -> None:
        uow.session.execute(insert(revoked_session).values(**data).on_conflict_do_nothing())


def follow_unions(handlers: Handlers, on_assigned: UnionAssigned | None = None) -> None:
    """Keep unions; `on_assigned` gets the officer of a union whenever one was written."""

    @handlers.on(
        "membership.union.created.v1",
        "membership.union.updated.v1",
        "membership.union.assigned.v1",
        "membership.union.deleted.v1",
        schema=UnionEvent(),
    )
    def keep_union(uow: UnitOfWork, data: Data, envelope: Envelope) -> None:
        data["id"] = data.pop("union_id")
        if _keep(uow, directory_union, data, envelope) and on_assigned:
            on_assigned(uow, data["id"], data["officer_id"])


def follow_members(handlers: Handlers, on_kept: MembersKept) -> None:
    """Keep members; `on_kept` gets those of one transaction together."""

    @handlers.on_many(
        "membership.member.created.v1",
        "membership.member.updated.v1",
        "membership.member.deleted.v1",
        schema=MemberEvent(),
    )
    def keep_members(uow: UnitOfWork, events: Events) -> None:
        for member, envelope in events:
            _keep(uow, directory_member, _member_row(member), envelope)
        on_kept(uow, events)


def _member_row(member: Data) -> dict[str, Any]:
    email, phone = member["details"].get("email"), member["details"].get("phone")
    words = (member["code"], member["first_name"], member["last_name"], email, phone)
    search = " ".join(word for word in words if word).lower()
    row = {"id": member["member_id"], "email": email, "phone": phone, "search": search}
    return row | {name: member[name] for name in ("code", "first_name", "last_name", "union_id", "details")}


def _keep(uow: UnitOfWork, table: Table, values: dict[str, Any], envelope: Envelope) -> bool:
    """Write a row unless a newer version of it exists; whether it was written."""
    values |= {"version": envelope.version, "is_deleted": envelope.type.endswith(".deleted.v1")}
    row = insert(table).values(**values)
    newer = row.on_conflict_do_update(
        index_elements=["id"], set_=values, where=table.c.version < row.excluded.version
    ).returning(table.c.id)
    return uow.session.execute(newer).first() is not None
