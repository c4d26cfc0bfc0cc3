"""Filters of the sign-in history, and of summaries of it."""

from typing import Any

from marshmallow import fields, pre_load, validate

from services.identity.domain.activity import Period
from shared.fields import BodySchema, From, IdFilter, Text, To, nothing_unless_listed

_ACTIVITIES = ("success", "failure")


class HistoryFilters(BodySchema):
    user_id = IdFilter(data_key="userId")
    since = From(data_key="startDate")
    until = To(data_key="endDate")
    activity_type = fields.String(data_key="activityType", validate=validate.OneOf(_ACTIVITIES))
    search = Text(max=100)

    @pre_load
    def _unknown_activity(self, query: dict[str, Any], **_: Any) -> dict[str, Any]:
        return nothing_unless_listed(query, "activityType", _ACTIVITIES, by_id="userId")


class PeriodQuery(BodySchema):
    period = fields.Enum(Period, by_value=fields.String, load_default=Period.MONTH)
