"""Accounts of staff."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Row,
    Select,
    Uuid,
    and_,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from services.identity.models import AdminLock, User
from shared.context import Actor, Role
from shared.errors import Conflict, NotFound
from shared.postgres.errors import violated_key
from shared.postgres.pages import read_page


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account with the name of its supervisor."""

    id: UUID
    email: str
    first_name: str | None
    last_name: str | None
    phone: str | None
    address: str | None
    profile_image: str | None
    role: Role
    is_active: bool
    supervisor_id: UUID | None
    login_count: int
    last_login_at: datetime | None
    last_activity_at: datetime | None
    created_at: datetime
    updated_at: datetime
    supervisor_email: str | None
    supervisor_first_name: str | None
    supervisor_last_name: str | None


class Password(NamedTuple):
    """Whose password a hash is of."""

    user_id: UUID
    password_hash: str
    is_active: bool


_Supervisor = aliased(User, name="supervisor")
_IS_LIVE = User.deleted_at.is_(None)


class UserOrder(StrEnum):
    """Which accounts come first: by when they were made, by name as it is written, or by when they last signed in."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    NAME_REVERSED = "name-reversed"
    LAST_SIGN_IN = "last-sign-in"
    LAST_SIGN_IN_REVERSED = "last-sign-in-reversed"


# Each is the order of an index, read from one of its ends; `search` begins with the name.
_ORDERS: Mapping[UserOrder, tuple[Any, ...]] = {
    UserOrder.NEWEST: (User.created_at.desc(), User.id.desc()),
    UserOrder.OLDEST: (User.created_at, User.id),
    UserOrder.NAME: (User.search, User.id),
    UserOrder.NAME_REVERSED: (User.search.desc(), User.id.desc()),
    UserOrder.LAST_SIGN_IN: (User.last_login_at.desc().nulls_last(), User.id.desc()),
    UserOrder.LAST_SIGN_IN_REVERSED: (User.last_login_at.nulls_first(), User.id),
}


class UserNotFound(NotFound):
    """No such account, or not one this actor may see."""


class EmailTaken(Conflict):
    """Another account uses this address."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The accounts in an actor's scope: all, oneself and those one supervises, or oneself."""
    match actor.role:
        case Role.ADMIN:
            return true()
        case Role.SUPERVISOR:
            return or_(User.id == actor.id, User.supervisor_id == actor.id)
        case Role.CREDIT_OFFICER:
            return User.id == actor.id


def is_in_sight(user_id: Any, actor: Actor) -> ColumnElement[bool]:
    """Whether `user_id`, a column of another table, is of an account in the actor's scope that was not removed. What is
    in sight is found before that table is read, so that an index on its column serves."""
    seen = aliased(User)
    condition: ColumnElement[bool]
    match actor.role:
        case Role.ADMIN:
            condition = user_id.not_in(removed_ids())
        case Role.SUPERVISOR:
            supervised = select(seen.id).where(or_(seen.id == actor.id, seen.supervisor_id == actor.id))
            ids = func.array(supervised.where(seen.deleted_at.is_(None)).scalar_subquery(), type_=ARRAY(Uuid))
            condition = user_id == func.any(ids)
        case Role.CREDIT_OFFICER:
            condition = user_id == actor.id
    return condition


def removed_ids() -> Select[tuple[UUID]]:
    """The accounts that were removed, who are few."""
    seen = aliased(User)
    return select(seen.id).where(seen.deleted_at.is_not(None))


def _user_column(name: str) -> Any:
    if name.startswith("supervisor_") and name != "supervisor_id":
        return getattr(_Supervisor, name.removeprefix("supervisor_")).label(name)
    return getattr(User, name)


_USER_ROW = tuple(_user_column(each.name) for each in fields(UserRow))


def user_rows() -> Select[Any]:
    """Accounts, each with the name of its supervisor: what makes a UserRow."""
    return select(*_USER_ROW).outerjoin(_Supervisor, _Supervisor.id == User.supervisor_id).where(_IS_LIVE)


def user_row(connection: Connection, user_id: UUID, actor: Actor) -> UserRow:
    """An account with the name of its supervisor. Raises UserNotFound."""
    row = connection.execute(user_rows().where(User.id == user_id, visible_to(actor))).one_or_none()
    if row is None:
        raise UserNotFound("User not found.")
    return UserRow(*row)


def user_rows_in(connection: Connection, actor: Actor, filters: Mapping[str, Any], *, limit: int) -> Sequence[UserRow]:
    """Accounts in the actor's scope that match, newest first, at most so many."""
    rows = connection.execute(_newest_first(_matching(actor, filters)).limit(limit))
    return [UserRow(*row) for row in rows]


def every_user_row(connection: Connection, actor: Actor, filters: Mapping[str, Any]) -> Iterator[UserRow]:
    """All accounts in the actor's scope that match, newest first, a thousand at a time; the connection must be in a
    transaction."""
    rows = connection.execution_options(yield_per=1000).execute(_newest_first(_matching(actor, filters)))
    return (UserRow(*row) for row in rows)


def check_may_be_noted(connection: Connection, user_id: UUID, actor: Actor) -> None:
    """Accept an account in the actor's scope, and an officer's supervisor. Raises UserNotFound."""
    visible = visible_to(actor)
    if actor.role is Role.CREDIT_OFFICER:
        own = aliased(User)
        visible = or_(visible, User.id == select(own.supervisor_id).where(own.id == actor.id).scalar_subquery())
    if connection.execute(select(User.id).where(User.id == user_id, _IS_LIVE, visible)).first() is None:
        raise UserNotFound("User not found.")


def user_page(
    connection: Connection,
    actor: Actor,
    filters: Mapping[str, Any],
    *,
    limit: int,
    offset: int,
    order: UserOrder = UserOrder.NEWEST,
) -> tuple[Sequence[UserRow], int]:
    """Accounts in the actor's scope that match, in this order, and how many there are in all."""
    matches = _matching(actor, filters)
    total = select(func.count()).select_from(User).where(matches)
    rows, count = read_page(connection, _sorted(matches, order), total, limit=limit, offset=offset)
    return [UserRow(*row) for row in rows], count


def _newest_first(matches: ColumnElement[bool]) -> Select[Any]:
    return _sorted(matches, UserOrder.NEWEST)


def _sorted(matches: ColumnElement[bool], order: UserOrder) -> Select[Any]:
    return user_rows().where(matches).order_by(*_ORDERS[order])


def _matching(actor: Actor, filters: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(_IS_LIVE, visible_to(actor), *_conditions(filters))


def _conditions(filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    conditions = [
        column == filters[name]
        for name, column in {
            "role": User.role,
            "supervisor_id": User.supervisor_id,
            "is_active": User.is_active,
        }.items()
        if name in filters
    ]
    if search := filters.get("search"):
        conditions.append(User.search.contains(search.lower(), autoescape=True))
    return conditions


def officers_of(connection: Connection, supervisor_id: UUID) -> Sequence[Row[Any]]:
    """Who somebody supervises (id, names, address), by name."""
    officers = select(User.id, User.email, User.first_name, User.last_name)
    officers = officers.where(User.supervisor_id == supervisor_id, _IS_LIVE)
    return connection.execute(officers.order_by(User.first_name, User.last_name, User.id)).all()


def user_for_update(session: Session, user_id: UUID, actor: Actor) -> User:
    """The account, locked. Raises UserNotFound."""
    query = select(User).where(User.id == user_id, _IS_LIVE, visible_to(actor)).with_for_update()
    user = session.scalars(query).one_or_none()
    if user is None:
        raise UserNotFound("User not found.")
    return user


def users_for_update(session: Session, user_ids: Collection[UUID]) -> Sequence[User]:
    """The accounts, locked; always in the same order, so that two who lock some of the same never wait for each other.
    Raises UserNotFound when one of them is missing."""
    users = live_users(session, user_ids)
    if len(users) < len(set(user_ids)):
        raise UserNotFound("User not found.")
    return users


def live_users(session: Session, user_ids: Collection[UUID]) -> Sequence[User]:
    """The accounts among these that were not deleted, by id, locked."""
    query = select(User).where(User.id.in_(user_ids), _IS_LIVE).order_by(User.id).with_for_update()
    return session.scalars(query).all()


def users_by_email(session: Session, emails: Collection[str]) -> Sequence[User]:
    """The accounts with these addresses, by id, locked."""
    query = select(User).where(User.email.in_(emails), _IS_LIVE).order_by(User.id).with_for_update()
    return session.scalars(query).all()


def live_user(session: Session, user_id: UUID, *, lock: bool) -> User | None:
    """The account unless it was deleted; locked, so that it stays as it is until the commit, when asked."""
    query = select(User).where(User.id == user_id, _IS_LIVE)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def user_with_email(session: Session, email: str) -> User | None:
    """The account with this address."""
    return session.scalars(select(User).where(User.email == email, _IS_LIVE)).one_or_none()


def password_of(connection: Connection, email: str) -> Password | None:
    """The password of the account with this address."""
    query = select(User.id, User.password_hash, User.is_active).where(User.email == email, _IS_LIVE)
    row = connection.execute(query).one_or_none()
    return Password(*row) if row else None


def save_users(session: Session, *users: User) -> None:
    """Write accounts. The unique index is the judge of addresses, also under concurrency. Raises EmailTaken."""
    session.add_all(users)
    try:
        session.flush()
    except IntegrityError as error:
        if violated_key(error) != "user_account_email_key":
            raise
        raise EmailTaken("User with this email already exists.", field="email") from error


def lock_admins(session: Session) -> None:
    """Until this transaction ends no other one changes who is an active admin."""
    row = insert(AdminLock).values(id=1)
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_={"id": 1}))


def active_admins(connection: Connection) -> int:
    """How many active admins there are."""
    admins = select(func.count()).where(User.role == Role.ADMIN, User.is_active, _IS_LIVE)
    return connection.execute(admins).scalar_one()


def users_by_id(session: Session, user_ids: Collection[UUID]) -> Sequence[User]:
    """These accounts, deleted ones too, in the order of their ids."""
    return session.scalars(select(User).where(User.id.in_(user_ids)).order_by(User.id)).all()
