"""Shapes of the sign-in history and of summaries of it."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from services.identity.api.schemas import instant_answer, text_answer
from services.identity.api.staff_schemas import PageAnswer, StaffRefAnswer
from services.identity.domain.activity import Period
from shared.fields import BodySchema, From, IdFilter, Text, To, nothing_unless_known

_ACTIVITIES = ("success", "failure")


class HistoryFilters(BodySchema):
    user_id = IdFilter(data_key="userId")
    since = From(data_key="startDate")
    until = To(data_key="endDate")
    activity_type = fields.String(data_key="activityType", validate=validate.OneOf(_ACTIVITIES))
    search = Text(max=100)

    @pre_load
    def _unknown_activity(self, query: dict[str, Any], **_: Any) -> dict[str, Any]:
        return nothing_unless_known(query, "activityType", _ACTIVITIES, by_id="userId")


class PeriodQuery(BodySchema):
    period = fields.Enum(Period, by_value=fields.String, load_default=Period.MONTH)


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
