"""Bodies and filters of notes on staff."""

from typing import Any

from marshmallow import fields, pre_load

from services.identity.api.bodies.fields import note_category
from services.identity.domain.note import Category
from shared.fields import BodySchema, Flag, IdFilter, MultilineText, Text, nothing_unless_listed


class NewNoteBody(BodySchema):
    user_id = fields.UUID(required=True, data_key="userId")
    title = Text(required=True, max=200)
    content = MultilineText(required=True, max=5000)
    category = note_category(load_default=Category.GENERAL)
    is_private = Flag(data_key="isPrivate", load_default=False)


class NoteChangesBody(BodySchema):
    title = Text(max=200)
    content = MultilineText(max=5000)
    category = note_category()
    is_private = Flag(data_key="isPrivate")


class NoteFilters(BodySchema):
    user_id = IdFilter(data_key="userId")
    category = note_category()
    is_private = Flag(data_key="isPrivate")
    created_by = IdFilter(data_key="createdByUserId")
    search = Text(max=100)

    @pre_load
    def _unknown_category(self, query: dict[str, Any], **_: Any) -> dict[str, Any]:
        return nothing_unless_listed(query, "category", set(Category), by_id="userId")
