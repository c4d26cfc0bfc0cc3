"""Answers about the sign-in history and summaries of it."""

from marshmallow import Schema, fields

from services.identity.api.schemas import instant_answer, text_answer
from services.identity.api.staff_schemas import PageAnswer, StaffRefAnswer
from services.identity.domain.activity import Period


class SignInAnswer(Schema):
    id = fields.UUID(required=True)
    userId = fields.UUID(required=True)
    loginAt = fields.DateTime(required=True)
    timestamp = fields.DateTime(required=True)
    ipAddress = text_answer()
    userAgent = text_answer()
    success = fields.Boolean(required=True)
    failureReason = text_answer()
    method = text_answer()
    description = fields.String(required=True)
    createdAt = fields.DateTime(required=True)
    user = fields.Nested(StaffRefAnswer, required=True)


class HistoryAnswer(Schema):
    loginHistory = fields.List(fields.Nested(SignInAnswer), required=True)
    records = fields.List(fields.Nested(SignInAnswer), required=True)
    pagination = fields.Nested(PageAnswer, required=True)


class AttemptsAnswer(Schema):
    period = fields.Enum(Period, by_value=fields.String, required=True)
    totalLogins = fields.Integer(required=True)
    successfulLogins = fields.Integer(required=True)
    failedLogins = fields.Integer(required=True)
    successRate = fields.Float(required=True)


class LastSignInAnswer(Schema):
    loginAt = instant_answer()
    ipAddress = text_answer()
    userAgent = text_answer()


class UserSummaryAnswer(AttemptsAnswer):
    lastLogin = fields.Nested(LastSignInAnswer, required=True, allow_none=True)


class GroupSummaryAnswer(AttemptsAnswer):
    totalUsers = fields.Integer(required=True)
    activeUsers = fields.Integer(required=True)
    activityRate = fields.Float(required=True)
