"""Accounts of staff, one at a time."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from services.identity import shapes
from services.identity.api.bodies.staff import NewPasswordBody, NewUserBody, UserChangesBody, UserQuery
from services.identity.api.dependencies import dependencies
from services.identity.credentials.passwords import NO_PASSWORD
from services.identity.domain.institution import check_may_know_password
from services.identity.domain.staff import check_may_change
from services.identity.queries import accounts
from services.identity.queries.institution import read_settings
from services.identity.steps.new_passwords import keep_new_password, new_password_hash
from services.identity.usecases.invitation import invite_again
from services.identity.usecases.staff import create_user, give_password, remove_users, update_user
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.storage.content import PICTURES
from shared.storage.public import store_publicly
from shared.storage.settings import MEGABYTE
from shared.storage.uploads import PICTURE_PART, Accepts, is_form, received
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional
from shared.wire import PublicFile

users = Blueprint("users", __name__, url_prefix="/users")

PICTURE = {"profileImage": Accepts(PICTURES, max_bytes=5 * MEGABYTE, required=False)}


@users.get("")
@requires()
@documented("List staff", name="list_users", query=UserQuery, answer=shapes.UserList, paged=True)
def get_users() -> Response:
    """The staff whoever asks may see: an admin everybody, a supervisor themselves and their officers, an officer
    themselves. The newest first, unless `order` says otherwise.

    The list and the paging are inside `data`; the usual `pagination` is beside it.
    """
    filters, page, actor = load_query(UserQuery), page_request(), current_actor()
    order = filters.pop("order")
    with reading() as connection:
        rows, total = accounts.user_page(connection, actor, filters, limit=page.limit, offset=page.offset, order=order)
    # The web client's pages read the list and the paging from inside `data`.
    data = shapes.UserList.of(page.of(total), users=rows)
    return success(data, "Users retrieved successfully", page=page.of(total))


@users.get("/<uuid:user_id>")
@requires()
@documented("Show a member of staff", name="get_user", answer=shapes.UserDetail)
def get_user(user_id: UUID) -> Response:
    """An account with its officers, if it is a supervisor's."""
    with reading() as connection:
        row = accounts.user_row(connection, user_id, current_actor())
        officers = accounts.officers_of(connection, user_id)
    return success(shapes.UserDetail.of(row, officers=officers), "User retrieved successfully")


@users.post("")
@requires(Role.ADMIN, Role.SUPERVISOR, as_oneself=True)
@documented("Take in a member of staff", name="create_user", body=NewUserBody, answer=shapes.UserRow, status=201)
def post_user() -> Response:
    """Take in a member of staff. A supervisor can take in officers of their own only.

    Without a password the person gets a link to set one by mail.
    """
    facts = load(NewUserBody)
    password = facts.pop("password")
    password_hash = new_password_hash(reading, dependencies().hashes, password=password) if password else NO_PASSWORD
    return _create(facts=facts | {"password_hash": password_hash})


@idempotent
def _create(uow: UnitOfWork, facts: dict[str, Any]) -> Response:
    user = create_user(uow, by=current_actor(), login_url=dependencies().frontend_url, at=now(), **facts)
    row = accounts.user_row(uow.connection, user.id, current_actor())
    return success(shapes.UserRow.of(row), "User created successfully", status=201)


@users.put("/<uuid:user_id>")
@requires()
@documented(
    "Change an account",
    name="update_user",
    body=UserChangesBody,
    form=UserChangesBody,
    files={"profileImage": replace(PICTURE_PART, required=False)},
    answer=shapes.UserRow,
)
def put_user(user_id: UUID) -> Response:
    """Change an account: what is absent stays. As a form with a file where the picture changes.

    Staff change their own name, phone, address and picture; supervisors those of their officers; admins everything.
    Changing the role, switching off, or changing the password ends the account's sessions.
    """
    if not is_form():
        return _change(user_id, load(UserChangesBody))
    # Before any bytes are kept for somebody this actor cannot change.
    with reading() as connection:
        accounts.user_row(connection, user_id, current_actor())
    with received(UserChangesBody, PICTURE, keep_empty=True) as (changes, files):
        if not files["profileImage"]:
            return _change(user_id, changes)
        key, changes["profile_image"] = store_publicly(files["profileImage"][0])
        return _change(user_id, changes, picture_key=key)


def _change(user_id: UUID, changes: dict[str, Any], picture_key: str | None = None) -> Response:
    if picture := changes.get("profile_image"):
        changes["profile_image"] = picture.removeprefix(PublicFile.base)
    if changes.pop("picture_is_removed") and not picture_key:
        changes["profile_image"] = None
    if password := changes.pop("password", None):
        check_may_change(current_actor().role, {"password_hash"})
        is_own = current_actor().id == user_id
        changes["password_hash"] = new_password_hash(reading, dependencies().hashes, password=password, is_own=is_own)
    return _update(user_id=user_id, changes=changes, picture_key=picture_key)


@transactional
def _update(uow: UnitOfWork, user_id: UUID, changes: dict[str, Any], picture_key: str | None) -> Response:
    actor, protected = current_actor(), dependencies().protected
    update_user(uow, by=actor, user_id=user_id, changes=changes, protected=protected, picture_key=picture_key, at=now())
    row = accounts.user_row(uow.connection, user_id, actor)
    return success(shapes.UserRow.of(row), "User updated successfully")


@users.delete("/<uuid:user_id>")
@requires(Role.ADMIN, as_oneself=True)
@documented("Remove a member of staff on whom nothing depends", name="delete_user")
@transactional
def delete_user(uow: UnitOfWork, user_id: UUID) -> Response:
    """Remove an account that no union, officer or loan depends on; otherwise 409 says what does."""
    remove_users(uow, by=current_actor(), user_ids=[user_id], at=now())
    return success(None, "User deleted successfully")


@users.put("/<uuid:user_id>/reset-password")
@users.post("/<uuid:user_id>/reset-password")
@requires(Role.ADMIN, as_oneself=True)
@documented("Give a member of staff another password", name="set_user_password", body=NewPasswordBody)
def reset_password(user_id: UUID) -> Response:
    """Give a member of staff a password that has to be changed at the next sign-in. All sessions of the account end."""
    password = load(NewPasswordBody)["new_password"]
    with reading() as connection:
        accounts.user_row(connection, user_id, current_actor())
    if user_id != current_actor().id:
        check_may_know_password(read_settings(reading), field="new_password")
    password_hash = keep_new_password(dependencies().provider, reading, proof=None, password=password, is_mixed=True)
    return _reset_password(user_id=user_id, password_hash=password_hash)


@transactional
def _reset_password(uow: UnitOfWork, user_id: UUID, password_hash: str | None) -> Response:
    actor, protected = current_actor(), dependencies().protected
    give_password(uow, by=actor, user_id=user_id, password_hash=password_hash, protected=protected, at=now())
    return success(None, "Password reset successfully")


@users.post("/<uuid:user_id>/invitation")
@requires(Role.ADMIN, Role.SUPERVISOR, as_oneself=True)
@documented("Mail a new link to choose a password to somebody who has none yet", name="invite_user_again")
@idempotent
def post_invitation(uow: UnitOfWork, user_id: UUID) -> Response:
    """The link that a new member of staff got by mail, once more: good for three days and once. The former one no
    longer is. Not for who has a password already."""
    invite_again(uow, by=current_actor(), user_id=user_id, at=now())
    return success(None, "A link to choose a password is on its way")
