"""Shapes of requests and answers; together with `wire.py` the only place that speaks the wire's camelCase."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from services.reporting.domain.actions import entity_named
from services.reporting.domain.portfolio import LoanStatus
from shared.fields import BodySchema, From, Text, To

_NO_FILTER = "all"


class AuditFilters(BodySchema):
    """What narrows the audit trail."""

    actor_id = fields.UUID(data_key="actorUserId")
    entity_name = Text(data_key="entityName", max=100)
    entity_id = Text(data_key="entityId", max=100)
    action = Text(max=100)
    search = Text(max=100)
    since = From(data_key="dateFrom")
    until = To(data_key="dateTo")

    @post_load
    def _translate(self, filters: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The web client's drop-downs say `all` for no filter, and use names from before."""
        for name in ("entity_name", "action"):
            if filters.get(name, "").lower() == _NO_FILTER:
                del filters[name]
        if "entity_name" in filters:
            filters["entity_name"] = entity_named(filters["entity_name"])
        return filters


class OfficerFilters(BodySchema):
    """Whose officers are asked for; only an admin may choose."""

    supervisor_id = fields.UUID(data_key="supervisorId")


class DashboardFilters(OfficerFilters):
    """Whose dashboard is asked for, and of the loans made when."""

    start = From(data_key="periodStart")
    end = To(data_key="periodEnd")

    @validates_schema
    def _check_order(self, filters: dict[str, Any], **_: Any) -> None:
        start, end = filters.get("start"), filters.get("end")
        if start and end and end < start:
            raise ValidationError("Must not be before periodStart.", "periodEnd")


def _text() -> fields.String:
    return fields.String(required=True)


def _maybe_text() -> fields.String:
    return fields.String(required=True, allow_none=True)


def _whole() -> fields.Integer:
    return fields.Integer(required=True)


def _amount() -> fields.Float:
    """A JSON number; only documentation, amounts are never computed as one."""
    return fields.Float(required=True)


def _id() -> fields.UUID:
    return fields.UUID(required=True)


def _maybe_moment() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, allow_none=True)


class AuditActorAnswer(Schema):
    id = _id()
    email = _maybe_text()
    role = _maybe_text()
    firstName = _maybe_text()
    lastName = _maybe_text()


class AuditEntryAnswer(Schema):
    """AuditLog."""

    id = _id()
    actorUserId = fields.UUID(required=True, allow_none=True)
    actor = fields.Nested(AuditActorAnswer, required=True, allow_none=True)
    action = _text()
    entityName = _text()
    entityId = _text()
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)
    metadata = fields.Raw(required=True, allow_none=True)
    ipAddress = _maybe_text()
    userAgent = _maybe_text()
    createdAt = fields.AwareDateTime(required=True)


class SupervisorAnswer(Schema):
    id = _id()
    name = _text()
    email = _text()


class FiguresAnswer(Schema):
    totalUnions = _whole()
    totalMembers = _whole()
    verifiedMembers = _whole()
    pendingMembers = _whole()
    totalLoans = _whole()
    activeLoans = _whole()
    completedLoans = _whole()
    defaultedLoans = _whole()
    totalDisbursed = _amount()
    totalRepaid = _amount()
    totalOutstanding = _amount()
    collectionRate = _amount()


class SummaryAnswer(FiguresAnswer):
    totalOfficers = _whole()


class OfficerPerformanceAnswer(FiguresAnswer):
    officerId = _id()
    officerName = _text()
    email = _text()
    lastActivityAt = _maybe_moment()


class StatusShareAnswer(Schema):
    status = fields.Enum(LoanStatus, by_value=True, required=True)
    count = _whole()
    amount = _amount()


class MonthAnswer(Schema):
    month = _text()
    disbursed = _amount()
    repaid = _amount()
    newLoans = _whole()
    newMembers = _whole()


class DashboardFieldsAnswer(Schema):
    supervisor = fields.Nested(SupervisorAnswer, required=True)
    summary = fields.Nested(SummaryAnswer, required=True)
    officerPerformance = fields.List(fields.Nested(OfficerPerformanceAnswer), required=True)
    loanStatusDistribution = fields.List(fields.Nested(StatusShareAnswer), required=True)
    monthlyTrends = fields.List(fields.Nested(MonthAnswer), required=True)


class DashboardAnswer(DashboardFieldsAnswer):
    """The dashboard at the root, and once more inside the envelope."""

    success = fields.Boolean(required=True)
    message = _text()
    data = fields.Nested(DashboardFieldsAnswer, required=True)


class UnionCountAnswer(Schema):
    unions = _whole()


class OfficerAnswer(Schema):
    """A credit officer with their sign-ins and unions."""

    id = _id()
    firstName = _maybe_text()
    lastName = _maybe_text()
    name = _text()
    email = _text()
    isActive = fields.Boolean(required=True)
    lastLoginAt = _maybe_moment()
    lastActivityAt = _maybe_moment()
    loginCount = _whole()
    unionCount = _whole()
    _count = fields.Nested(UnionCountAnswer, required=True)
