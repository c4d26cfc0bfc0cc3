"""Notes on members of staff."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy import Row

from services.identity import shapes
from services.identity.api.bodies.notes import NewNoteBody, NoteChangesBody, NoteFilters
from services.identity.domain.note import Category
from services.identity.queries.notes import note_page, note_row
from services.identity.usecases.notes import remove_note, rewrite_note, write_note
from shared.clock import now
from shared.db import UnitOfWork
from shared.fields import NOBODYS
from shared.shapes import choice
from shared.web.auth import current_actor, requires
from shared.web.envelope import PageRequest, page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

notes = Blueprint("notes", __name__, url_prefix="/notes")


@notes.post("")
@requires()
@documented("Write a note on a member of staff", name="create_note", body=NewNoteBody, answer=shapes.Note, status=201)
@idempotent
def post_note(uow: UnitOfWork) -> Response:
    """Write a note on a member of staff one may see. A private one is read by its author and admins only."""
    note = write_note(uow, by=current_actor(), at=now(), **load(NewNoteBody))
    return success(_shown(uow, note.id), "Note created successfully", status=201)


@notes.get("")
@requires()
@documented("List notes", name="list_notes", query=NoteFilters, answer=shapes.NoteList, paged=True)
def get_notes() -> Response:
    """Notes one may read, the newest first. 10 to a page unless `limit` says otherwise. The list and the paging are
    inside `data` too."""
    return _page(load_query(NoteFilters))


@notes.get("/categories")
@requires()
@documented("List what notes are about", name="list_note_categories", answer=choice(Category), many=True)
def get_categories() -> Response:
    """What a note can be about, as `category` takes it."""
    return success([category.value for category in Category], "Note categories retrieved successfully")


@notes.get("/category/<category>")
@requires()
@documented(
    "List the notes of a category", name="list_notes_of_category", query=NoteFilters, answer=shapes.NoteList, paged=True
)
def get_notes_of_category(category: str) -> Response:
    """Notes of one category one may read, the newest first; none when nobody knows the category."""
    filters = load_query(NoteFilters)
    return _page(filters | ({"category": Category(category)} if category in set(Category) else {"user_id": NOBODYS}))


@notes.get("/user/<uuid:user_id>")
@requires()
@documented("List the notes on a member of staff", name="list_notes_on_user", answer=shapes.Note, many=True, paged=True)
def get_notes_on_user(user_id: UUID) -> Response:
    """Notes on one member of staff one may read, the newest first."""
    page = page_request()
    rows, total = _read({"user_id": user_id}, page)
    return success([shapes.Note.of(row) for row in rows], "Notes retrieved successfully", page=page.of(total))


@notes.get("/<uuid:note_id>")
@requires()
@documented("Show a note", name="get_note", answer=shapes.Note)
def get_note(note_id: UUID) -> Response:
    """A note one may read: one's own, one that is not private about staff one sees, or any for an admin."""
    with reading() as connection:
        return success(shapes.Note.of(note_row(connection, note_id, current_actor())), "Note retrieved successfully")


@notes.put("/<uuid:note_id>")
@requires()
@documented("Change a note", name="update_note", body=NoteChangesBody, answer=shapes.Note)
@transactional
def put_note(uow: UnitOfWork, note_id: UUID) -> Response:
    """Rewrite a note of one's own, or any as an admin: what is absent stays."""
    rewrite_note(uow, by=current_actor(), note_id=note_id, changes=load(NoteChangesBody), at=now())
    return success(_shown(uow, note_id), "Note updated successfully")


@notes.delete("/<uuid:note_id>")
@requires()
@documented("Remove a note", name="delete_note", answer=shapes.Done)
@transactional
def delete_note(uow: UnitOfWork, note_id: UUID) -> Response:
    """Remove a note of one's own, or any as an admin, for good."""
    remove_note(uow, by=current_actor(), note_id=note_id)
    return success(shapes.Done.of(), "Note deleted successfully")


def _shown(uow: UnitOfWork, note_id: UUID) -> dict[str, Any]:
    return shapes.Note.of(note_row(uow.connection, note_id, current_actor()))


def _page(filters: dict[str, Any]) -> Response:
    page = page_request(default_limit=10, unpaged=False)
    rows, total = _read(filters, page)
    data = shapes.NoteList.of(page.of(total), notes=rows)
    return success(data, "Notes retrieved successfully", page=page.of(total))


def _read(filters: dict[str, Any], page: PageRequest) -> tuple[Sequence[Row[Any]], int]:
    with reading() as connection:
        return note_page(connection, current_actor(), filters, limit=page.limit, offset=page.offset)
