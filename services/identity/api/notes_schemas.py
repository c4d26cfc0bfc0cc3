"""Answers about notes on staff."""

from marshmallow import Schema, fields

from services.identity.api.bodies.fields import note_category
from services.identity.api.schemas import UserRefAnswer
from services.identity.api.staff_schemas import PageAnswer, StaffRefAnswer


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
