"""Shapes of notes on staff."""

from typing import Any

from marshmallow import Schema, fields, pre_load

from services.identity.api.schemas import UserRefAnswer
from services.identity.api.staff_schemas import PageAnswer, StaffRefAnswer
from services.identity.domain.note import Category
from shared.fields import BodySchema, Flag, IdFilter, MultilineText, Text, nothing_unless_known


def note_category(**kwargs: Any) -> fields.Enum[Category]:
    """What a note is about."""
    return fields.Enum(Category, by_value=fields.String, **kwargs)


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
        return nothing_unless_known(query, "category", set(Category), by_id="userId")


class NoteAnswer(Schema):
    id = fields.UUID(required=True)
    userId = fields.UUID(required=True)
    title = fields.String(required=True)
    content = fields.String(required=True)
    category = note_category(required=True)
    isPrivate = fields.Boolean(required=True)
    createdByUserId = fields.UUID(required=True)
    createdAt = fields.DateTime(required=True)
    updatedAt = fields.DateTime(required=True)
    user = fields.Nested(StaffRefAnswer, required=True)
    createdBy = fields.Nested(UserRefAnswer, required=True)


class NoteListAnswer(Schema):
    notes = fields.List(fields.Nested(NoteAnswer), required=True)
    pagination = fields.Nested(PageAnswer, required=True)
