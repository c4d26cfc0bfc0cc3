"""Writing notes on members of staff, changing and removing them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.identity.domain.note import Category, check_may_rewrite
from services.identity.models import Note
from services.identity.queries.accounts import check_may_be_noted
from services.identity.queries.notes import note_for_update
from services.identity.shapes import NoteSnapshot
from shared.context import Actor
from shared.db import UnitOfWork
from shared.ids import new_id


def write_note(
    uow: UnitOfWork,
    *,
    by: Actor,
    user_id: UUID,
    title: str,
    content: str,
    category: Category,
    is_private: bool,
    at: datetime,
) -> Note:
    """Write a note on somebody in one's scope, or on one's supervisor. Raises UserNotFound."""
    check_may_be_noted(uow.connection, user_id, by)
    note = Note(
        id=new_id(),
        user_id=user_id,
        created_by=by.id,
        title=title,
        content=content,
        category=category.value,
        is_private=is_private,
        created_at=at,
        updated_at=at,
    )
    uow.session.add(note)
    uow.session.flush()
    _audit(uow, "NOTE_CREATED", note, after=NoteSnapshot.of(note))
    return note


def rewrite_note(uow: UnitOfWork, *, by: Actor, note_id: UUID, changes: Mapping[str, Any], at: datetime) -> Note:
    """Change a note of one's own, or as an admin any. Raises NoteNotFound, NotTheAuthor."""
    note = note_for_update(uow.session, note_id, by)
    check_may_rewrite(by.id, by.role, note.created_by)
    before = NoteSnapshot.of(note)
    for name, value in changes.items():
        setattr(note, name, value)
    note.updated_at = at
    uow.session.flush()
    _audit(uow, "NOTE_UPDATED", note, before=before, after=NoteSnapshot.of(note))
    return note


def remove_note(uow: UnitOfWork, *, by: Actor, note_id: UUID) -> None:
    """Remove a note of one's own, or as an admin any, for good. Raises NoteNotFound, NotTheAuthor."""
    note = note_for_update(uow.session, note_id, by)
    check_may_rewrite(by.id, by.role, note.created_by)
    uow.session.delete(note)
    _audit(uow, "NOTE_DELETED", note, before=NoteSnapshot.of(note))


def _audit(uow: UnitOfWork, action: str, note: Note, **snapshots: dict[str, Any]) -> None:
    uow.audit(action=action, entity_name="UserNote", entity_id=note.id, **snapshots)
