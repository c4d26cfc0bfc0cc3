"""Accounts of staff."""

import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from services.identity import queries
from services.identity.api import wire
from services.identity.api.parts import parts
from services.identity.api.schemas import (
    NewUserBody,
    UserChangesBody,
    UserDetailAnswer,
    UserFilters,
    UserListAnswer,
    UserRowAnswer,
)
from services.identity.usecases.staff import create_user, new_password_hash, update_user
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

users = Blueprint("users", __name__, url_prefix="/users")


@users.get("")
@requires()
@documented("List staff", query=UserFilters, answer=UserListAnswer, paged=True)
def get_users() -> Response:
    filters, page = load_query(UserFilters), page_request()
    with reading() as connection:
        rows, total = queries.user_page(connection, current_actor(), filters, limit=page.limit, offset=page.offset)
    # The web client's pages read the list and the paging from inside `data`.
    data = {"users": [wire.user_row(row) for row in rows], **page.of(total).dump()}
    return success(data, "Users retrieved successfully", page=page.of(total))


@users.get("/<uuid:user_id>")
@requires()
@documented("Show a member of staff", answer=UserDetailAnswer)
def get_user(user_id: UUID) -> Response:
    with reading() as connection:
        row = queries.user_row(connection, user_id, current_actor())
        officers = queries.officers_of(connection, user_id)
    detail = wire.user_row(row) | {"creditOfficers": [wire.user_ref(officer) for officer in officers]}
    return success(detail, "User retrieved successfully")


@users.post("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Take in a member of staff", body=NewUserBody, answer=UserRowAnswer, status=201)
def post_user() -> Response:
    facts = load(NewUserBody)
    # Without a password nobody can sign in until an admin sets one.
    password = facts.pop("password") or secrets.token_urlsafe(32)
    password_hash = new_password_hash(parts().hashes, password=password, by=current_actor())
    return _create(facts=facts | {"password_hash": password_hash})


@idempotent
def _create(uow: UnitOfWork, facts: dict[str, Any]) -> Response:
    user = create_user(uow, by=current_actor(), at=now(), **facts)
    row = queries.user_row(uow.connection, user.id, current_actor())
    return success(wire.user_row(row), "User created successfully", status=201)


@users.put("/<uuid:user_id>")
@requires()
@documented("Change an account", body=UserChangesBody, answer=UserRowAnswer)
def put_user(user_id: UUID) -> Response:
    changes = load(UserChangesBody)
    if password := changes.pop("password", None):
        actor = current_actor()
        changes["password_hash"] = new_password_hash(parts().hashes, password=password, by=actor, user_id=user_id)
    return _update(user_id=user_id, changes=changes)


@transactional
def _update(uow: UnitOfWork, user_id: UUID, changes: dict[str, Any]) -> Response:
    update_user(uow, by=current_actor(), user_id=user_id, changes=changes, at=now())
    row = queries.user_row(uow.connection, user_id, current_actor())
    return success(wire.user_row(row), "User updated successfully")
