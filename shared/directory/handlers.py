"""Keeps the directory: each event carries the whole state, so the newest version wins and order does not matter."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import field
from msgspec.structs import asdict
from sqlalchemy import Table, update
from sqlalchemy.dialects.postgresql import insert

from shared.db import UnitOfWork
from shared.directory.tables import directory_member, directory_staff, directory_union, revoked_session
from shared.erasure.answers import blank_answers
from shared.erasure.noted import not_erased_yet, note
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Moment, Payload
from shared.postgres.newest import keep_newest, keep_newest_of_each
from shared.restatement import Removal, when_restated


class StaffEvent(Payload):
    id: UUID = field(name="user_id")
    email: str
    role: str
    is_active: bool
    created_at: Moment
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    address: str | None = None
    supervisor_id: UUID | None = None
    created_by: UUID | None = None
    password_set_by: UUID | None = None
    password_set_at: Moment | None = None


class SessionRevoked(Payload):
    session_id: UUID
    expires_at: Moment


class UnionEvent(Payload):
    id: UUID = field(name="union_id")
    name: str
    officer_id: UUID
    created_at: Moment
    updated_at: Moment
    location: str | None = None
    address: str | None = None


class MemberEvent(Payload):
    """A member; `details` are all other facts, as they were published."""

    id: UUID = field(name="member_id")
    code: str
    first_name: str
    last_name: str
    union_id: UUID
    details: dict[str, Any]


_GONE = (".deleted.v1", ".erased.v1")

Members = Sequence[tuple[MemberEvent, Envelope]]

UnionAssigned = Callable[[UnitOfWork, UUID, UUID], None]
"""What a service does when a union has another officer: (unit of work, union, officer)."""
UnionHandled = Callable[[UnitOfWork, "UnionEvent", Envelope], None]
"""What a service does with each event about a union, be it an old one that the directory passes over."""


def erased(events: Members) -> list[UUID]:
    """The members among these of whom nothing is to be kept that says who they are."""
    return [member.id for member, envelope in events if envelope.type == "membership.member.erased.v1"]


MembersKept = Callable[[UnitOfWork, Members], None]
"""What a service does once the directory has the members that these events are about."""


def follow_staff(handlers: Handlers) -> None:
    """Keep staff and revoked sessions."""

    @handlers.on("identity.user.*.v1", payload=StaffEvent)
    def keep_staff(uow: UnitOfWork, staff: StaffEvent, envelope: Envelope) -> None:
        _keep(uow, directory_staff, asdict(staff), envelope)

    handlers.count_in_any_epoch("identity.session.revoked.v1")

    @handlers.on("identity.session.revoked.v1", payload=SessionRevoked)
    def keep_revoked_session(uow: UnitOfWork, session: SessionRevoked, envelope: Envelope) -> None:
        uow.session.execute(insert(revoked_session).values(**asdict(session)).on_conflict_do_nothing())

    when_restated(handlers, "identity", _deleting(directory_staff))


def follow_unions(
    handlers: Handlers,
    on_assigned: UnionAssigned | None = None,
    *,
    on_handled: UnionHandled | None = None,
    is_awaited: bool = True,
) -> None:
    """Keep unions; `on_assigned` gets the officer of a union whenever one was written, `on_handled` every event."""

    @handlers.on("membership.union.*.v1", payload=UnionEvent, is_awaited=is_awaited)
    def keep_union(uow: UnitOfWork, union: UnionEvent, envelope: Envelope) -> None:
        if _keep(uow, directory_union, asdict(union), envelope) and on_assigned:
            on_assigned(uow, union.id, union.officer_id)
        if on_handled:
            on_handled(uow, union, envelope)

    when_restated(handlers, "membership", _deleting(directory_union))


def follow_members(
    handlers: Handlers,
    on_kept: MembersKept | None = None,
    *,
    on_coming: MembersKept | None = None,
    named_in: Sequence[str] = (),
    is_awaited: bool = True,
) -> None:
    """Keep members; `on_kept` gets those of one transaction together, and `on_coming` before they are kept, while the
    directory has what it had. Who was erased is looked for in the past that every service keeps, and where this one
    names them beside: `named_in`."""

    @handlers.on_many("membership.member.*.v1", payload=MemberEvent, is_awaited=is_awaited)
    def keep_members(uow: UnitOfWork, events: Members) -> None:
        if on_coming:
            on_coming(uow, events)
        gone = frozenset(erased(events))
        codes = {member.id: member.code for member, _ in events if member.id in gone}
        note(uow.connection, not_erased_yet(uow.connection, codes), also=named_in)
        rows = [_row(_member_row(member), envelope) for member, envelope in events]
        keep_newest_of_each(uow.connection, directory_member, rows)
        blank_answers(uow.connection, codes)
        if on_kept:
            on_kept(uow, events)

    when_restated(handlers, "membership", _deleting(directory_member))


def _member_row(member: MemberEvent) -> dict[str, Any]:
    email, phone = member.details.get("email"), member.details.get("phone")
    words = (member.code, member.first_name, member.last_name, email, phone)
    return asdict(member) | {
        "email": email,
        "phone": phone,
        "search": " ".join(word for word in words if word).lower(),
    }


def _keep(uow: UnitOfWork, table: Table, values: dict[str, Any], envelope: Envelope) -> bool:
    """Write a row unless a newer version of it exists; whether it was written."""
    return keep_newest(uow.connection, table, _row(values, envelope))


def _row(values: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    return values | {"version": envelope.version, "is_deleted": envelope.type.endswith(_GONE)}


def _deleting(table: Table) -> Removal:
    """Take what has a lower version as deleted."""

    def delete(uow: UnitOfWork, floor: int) -> None:
        stale = update(table).where(table.c.version < floor)
        uow.connection.execute(stale.values(is_deleted=True, version=floor))

    return delete
