"""The sign-in history, and when people were last active."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    DateTime,
    Row,
    Uuid,
    and_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.orm import aliased

from services.identity.domain.activity import ACTIVITY_STEP, Attempts
from services.identity.models import SignIn, User
from services.identity.queries.accounts import is_in_sight, visible_to
from shared.context import Actor
from shared.directory.tables import directory_union
from shared.errors import NotFound
from shared.postgres.pages import read_page

_SIGN_IN_ROW = (
    SignIn.id,
    SignIn.user_id,
    SignIn.happened_at,
    SignIn.ip_address,
    SignIn.user_agent,
    SignIn.failure,
    SignIn.method,
    User.email,
    User.first_name,
    User.last_name,
    User.role,
)
_IS_LIVE = User.deleted_at.is_(None)
_IS_STALE = func.coalesce(User.last_activity_at < bindparam("stale_since", type_=DateTime(timezone=True)), True)
_TO_TOUCH = select(User.id).where(User.id == func.any(bindparam("user_ids", type_=ARRAY(Uuid))), _IS_STALE)
_TOUCH = (
    update(User)
    .where(User.id.in_(_TO_TOUCH.with_for_update(skip_locked=True)))
    .values(last_activity_at=bindparam("at", type_=DateTime(timezone=True)))
)


class UnionNotFound(NotFound):
    """No such union, or not one this actor may see."""


def touch(connection: Connection, user_ids: Collection[UUID], at: datetime) -> None:
    """Note that people are active, as exactly as ACTIVITY_STEP; but of nobody whose row is being changed, since it is
    done at requests that must not wait."""
    if user_ids:
        connection.execute(_TOUCH, {"user_ids": list(user_ids), "at": at, "stale_since": at - ACTIVITY_STEP})


def sign_in_page(
    connection: Connection, actor: Actor, filters: Mapping[str, Any], *, limit: int, offset: int
) -> tuple[Sequence[Row[Any]], int]:
    """Attempts to sign in to accounts in the actor's scope that match, newest first, and how many there are in all."""
    matches = and_(is_in_sight(SignIn.user_id, actor), *_conditions(filters))
    rows = select(*_SIGN_IN_ROW).join(User, User.id == SignIn.user_id).where(matches)
    newest_first = rows.order_by(SignIn.happened_at.desc(), SignIn.id.desc())
    total = select(func.count()).select_from(SignIn).where(matches)
    return read_page(connection, newest_first, total, limit=limit, offset=offset)


def _conditions(filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    conditions = []
    if "user_id" in filters:
        conditions.append(SignIn.user_id == filters["user_id"])
    if "since" in filters:
        conditions.append(SignIn.happened_at >= filters["since"])
    if "until" in filters:
        conditions.append(SignIn.happened_at <= filters["until"])
    if "is_failure" in filters:
        conditions.append(SignIn.failure.is_not(None) if filters["is_failure"] else SignIn.failure.is_(None))
    if search := filters.get("search"):
        named = aliased(User)
        found = select(named.id).where(named.search.contains(search.lower(), autoescape=True))
        conditions.append(SignIn.user_id.in_(found))
    return conditions


def attempts_since(connection: Connection, since: datetime, user_ids: Collection[UUID] | None = None) -> Attempts:
    """How often people signed in, or failed to, since an instant: these, or everybody."""
    counted = select(func.count().filter(SignIn.failure.is_(None)), func.count().filter(SignIn.failure.is_not(None)))
    counted = counted.where(SignIn.happened_at >= since)
    if user_ids is not None:
        counted = counted.where(SignIn.user_id.in_(user_ids))
    return Attempts(*connection.execute(counted).one())


def last_sign_in(connection: Connection, user_id: UUID) -> Row[Any] | None:
    """When and from where somebody last signed in."""
    succeeded = select(*_SIGN_IN_ROW[:7]).where(SignIn.user_id == user_id, SignIn.failure.is_(None))
    return connection.execute(succeeded.order_by(SignIn.happened_at.desc(), SignIn.id.desc()).limit(1)).one_or_none()


def staff_count(connection: Connection, since: datetime, user_ids: Collection[UUID] | None = None) -> tuple[int, int]:
    """How many people there are, and how many of them were active since an instant: of these, or of everybody."""
    counted = select(func.count(), func.count().filter(User.last_activity_at >= since)).where(_IS_LIVE)
    if user_ids is not None:
        counted = counted.where(User.id.in_(user_ids))
    total, active = connection.execute(counted).one()
    return total, active


def staff_of_union(connection: Connection, union_id: UUID, actor: Actor) -> Sequence[UUID]:
    """The credit officer of a union in the actor's scope, and who supervises them. Raises UnionNotFound."""
    union = directory_union.c
    found = select(User.id, User.supervisor_id).join(directory_union, union.officer_id == User.id)
    found = found.where(union.id == union_id, ~union.is_deleted, _IS_LIVE)
    # A supervisor manages no unions, so that only the unions of their officers are in scope.
    officer = connection.execute(found.where(visible_to(actor))).one_or_none()
    if officer is None:
        raise UnionNotFound("Union not found.")
    return [user_id for user_id in officer if user_id]
