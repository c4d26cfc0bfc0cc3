"""Transfers of unions."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from services.membership.models import Union, UnionTransfer
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_staff
from shared.errors import NotFound
from shared.postgres.pages import read_page
from shared.postgres.rows import labelled

Found = TypeVar("Found")

_transfers = UnionTransfer.__table__
_union, _former = Union.__table__.alias("of_union"), Union.__table__.alias("former_union")
_officer, _author = directory_staff.alias("officer"), directory_staff.alias("author")


class TransferNotFound(NotFound):
    """No such transfer, or not for this actor to see."""


def transfer_for_update(session: Session, transfer_id: UUID) -> UnionTransfer:
    """The transfer, locked. Raises TransferNotFound."""
    statement = select(UnionTransfer).where(UnionTransfer.id == transfer_id).with_for_update()
    return _found(session.scalars(statement).one_or_none())


def transfer_detail(connection: Connection, transfer_id: UUID, *, seen_by: Actor) -> Row[Any]:
    """A transfer with its unions and people. Raises TransferNotFound."""
    query = _with_names().where(_transfers.c.id == transfer_id, _seen(seen_by))
    return _found(connection.execute(query).one_or_none())


def transfers_page(
    connection: Connection, *, seen_by: Actor, limit: int, offset: int, status: str | None = None
) -> tuple[Sequence[Row[Any]], int]:
    """A page of the transfers of unions or officers that an actor may see, the newest first, and the total."""
    conditions = [_seen(seen_by)]
    if status is not None:
        conditions.append(_transfers.c.status == status)
    of_unions = _transfers.join(_union, _union.c.id == _transfers.c.union_id)
    total = select(func.count()).select_from(of_unions).where(*conditions)
    newest_first = _with_names().where(*conditions).order_by(_transfers.c.created_at.desc(), _transfers.c.id.desc())
    return read_page(connection, newest_first, total, limit=limit, offset=offset)


def _seen(actor: Actor) -> ColumnElement[bool]:
    """A union of the actor's scope, or one that an officer of theirs is to get."""
    return or_(scope(actor, _union.c.officer_id), scope(actor, _transfers.c.officer_id))


def _with_names() -> Select[Any]:
    return (
        select(
            *_transfers.c,
            _union.c.name.label("union_name"),
            _former.c.name.label("from_union_name"),
            *labelled("officer", _officer.c, "email", "first_name", "last_name", "role"),
            _author.c.email.label("author_email"),
        )
        .select_from(_transfers)
        .join(_union, _union.c.id == _transfers.c.union_id)
        .outerjoin(_former, _former.c.id == _transfers.c.from_union_id)
        .outerjoin(_officer, _officer.c.id == _transfers.c.officer_id)
        .outerjoin(_author, _author.c.id == _transfers.c.created_by)
    )


def _found(transfer: Found | None) -> Found:
    if transfer is None:
        raise TransferNotFound("Branch transfer not found")
    return transfer
