"""Members of unions."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, current_app

from services.membership import wire
from services.membership.api.schemas import (
    MemberChangesBody,
    MemberDetailAnswer,
    MemberFilters,
    MemberRowAnswer,
    NewMemberBody,
)
from services.membership.queries.members import member_detail, members_page
from services.membership.usecases.members import create_member, update_member
from shared.clock import business_date, now
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

members = Blueprint("members", __name__, url_prefix="/union-members")


@members.get("")
@requires()
@documented("List members", query=MemberFilters, answer=MemberRowAnswer, many=True, paged=True)
def get_members() -> Response:
    filters, page = load_query(MemberFilters), page_request()
    with reading() as connection:
        rows, total = members_page(connection, seen_by=current_actor(), limit=page.limit, offset=page.offset, **filters)
    return success([wire.member_row(row) for row in rows], "Union members retrieved successfully", page=page.of(total))


@members.get("/<uuid:member_id>")
@requires()
@documented("Show a member", answer=MemberDetailAnswer)
def get_member(member_id: UUID) -> Response:
    with reading() as connection:
        row = member_detail(connection, member_id, seen_by=current_actor())
    return success(wire.member_detail(row), "Union member retrieved successfully")


@members.post("")
@requires()
@documented("Take a member into a union", body=NewMemberBody, answer=MemberDetailAnswer, status=201)
@idempotent
def post_member(uow: UnitOfWork) -> Response:
    actor = current_actor()
    member = create_member(uow, by=actor, at=now(), today=_today(), **load(NewMemberBody))
    row = member_detail(uow.connection, member.id, seen_by=actor)
    return success(wire.member_detail(row), "Union member created successfully", status=201)


@members.put("/<uuid:member_id>")
@requires()
@documented("Change a member", body=MemberChangesBody, answer=MemberDetailAnswer)
@transactional
def put_member(uow: UnitOfWork, member_id: UUID) -> Response:
    actor = current_actor()
    update_member(uow, member_id=member_id, by=actor, at=now(), today=_today(), **load(MemberChangesBody))
    row = member_detail(uow.connection, member_id, seen_by=actor)
    return success(wire.member_detail(row), "Union member updated successfully")


def _today() -> date:
    return business_date(current_app.extensions["mp"].settings.company_time_zone)
