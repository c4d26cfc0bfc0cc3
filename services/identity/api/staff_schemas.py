"""Answers about many accounts at once."""

from marshmallow import Schema, fields

from services.identity.api.bodies.fields import role_field
from services.identity.api.schemas import ProfileAnswer, UserRefAnswer, instant_answer, text_answer
from services.identity.domain.staff import BulkOperation
from services.identity.usecases.staff_import import Outcome


class BulkAnswer(Schema):
    operation = fields.Enum(BulkOperation, by_value=fields.String, required=True)
    requestedCount = fields.Integer(required=True)
    affectedCount = fields.Integer(required=True)
    message = fields.String(required=True)


class ExportedUserAnswer(ProfileAnswer):
    lastLoginAt = instant_answer()
    lastActivityAt = instant_answer()


class ImportFaultAnswer(Schema):
    email = text_answer()
    error = fields.String(required=True)


class ImportVerdictAnswer(Schema):
    row = fields.Integer(required=True)
    email = text_answer()
    verdict = fields.Enum(Outcome, by_value=fields.String, required=True)
    error = text_answer()


class ImportAnswer(Schema):
    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    dryRun = fields.Boolean(required=True)
    errors = fields.List(fields.Nested(ImportFaultAnswer), required=True)
    rows = fields.List(fields.Nested(ImportVerdictAnswer), required=True)


class StaffRefAnswer(UserRefAnswer):
    role = role_field(required=True)


class PageAnswer(Schema):
    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    totalPages = fields.Integer(required=True)


class DoneAnswer(Schema):
    success = fields.Boolean(required=True)
