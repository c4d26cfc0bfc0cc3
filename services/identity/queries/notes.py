"""Notes on members of staff."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.identity.models import Note, User
from services.identity.queries.accounts import is_in_sight, removed_ids
from shared.context import Actor, Role
from shared.errors import NotFound
from shared.postgres.pages import read_page
from shared.postgres.rows import labelled
from shared.search import contains_words

_Author = aliased(User, name="author")
_NOTE_ROW = (
    Note.id,
    Note.user_id,
    Note.title,
    Note.content,
    Note.category,
    Note.is_private,
    Note.created_by,
    Note.created_at,
    Note.updated_at,
    *labelled("user", User, "email", "first_name", "last_name", "role"),
    *labelled("author", _Author, "email", "first_name", "last_name"),
)


class NoteNotFound(NotFound):
    """No such note, or not one this actor may read."""


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """Notes an actor may read: all; or one's own, and those on people in one's scope, oneself included, that are not
    private. Those on somebody who was removed are gone with them."""
    if actor.role is Role.ADMIN:
        return is_in_sight(Note.user_id, actor)
    shared = and_(~Note.is_private, is_in_sight(Note.user_id, actor))
    return and_(or_(Note.created_by == actor.id, shared), Note.user_id.not_in(removed_ids()))


def note_row(connection: Connection, note_id: UUID, actor: Actor) -> Row[Any]:
    """A note with the names of both people. Raises NoteNotFound."""
    row = connection.execute(_rows().where(Note.id == note_id, readable_by(actor))).one_or_none()
    if row is None:
        raise NoteNotFound("Note not found.")
    return row


def note_page(
    connection: Connection, actor: Actor, filters: Mapping[str, Any], *, limit: int, offset: int
) -> tuple[Sequence[Row[Any]], int]:
    """Notes an actor may read that match, newest first, and how many there are in all."""
    matches = and_(readable_by(actor), *_conditions(filters))
    newest_first = _rows().where(matches).order_by(Note.created_at.desc(), Note.id.desc())
    total = select(func.count()).select_from(Note).where(matches)
    return read_page(connection, newest_first, total, limit=limit, offset=offset)


def note_for_update(session: Session, note_id: UUID, actor: Actor) -> Note:
    """The note, locked. Raises NoteNotFound."""
    query = select(Note).where(Note.id == note_id, readable_by(actor)).with_for_update()
    note = session.scalars(query).one_or_none()
    if note is None:
        raise NoteNotFound("Note not found.")
    return note


def _rows() -> Select[Any]:
    return select(*_NOTE_ROW).join(User, User.id == Note.user_id).join(_Author, _Author.id == Note.created_by)


def _conditions(filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    columns = {
        "user_id": Note.user_id,
        "category": Note.category,
        "is_private": Note.is_private,
        "created_by": Note.created_by,
    }
    conditions = [column == filters[name] for name, column in columns.items() if name in filters]
    if search := filters.get("search"):
        conditions.append(contains_words(Note.search, search))
    return conditions
