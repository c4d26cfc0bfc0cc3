"""Shapes of requests and answers; together with `wire.py` the only place that speaks the wire's camelCase."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from services.reporting.domain.actions import entity_named
from services.reporting.domain.portfolio import LoanStatus
from shared.fields import BodySchema, From, IdFilter, Text, To
from shared.web import shapes

_NO_FILTER = "all"


class AuditFilters(BodySchema):
    """What narrows the audit trail."""

    actor_id = IdFilter(data_key="actorUserId")
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

    supervisor_id = IdFilter(data_key="supervisorId")


class DashboardFilters(OfficerFilters):
    """Whose dashboard is asked for, and of the loans made when."""

    start = From(data_key="periodStart")
    end = To(data_key="periodEnd")

    @validates_schema
    def _check_order(self, filters: dict[str, Any], **_: Any) -> None:
        start, end = filters.get("start"), filters.get("end")
        if start and end and end < start:
            raise ValidationError("Must not be before periodStart.", "periodEnd")


class AuditActorAnswer(Schema):
    id = shapes.identifier()
    email = shapes.text(maybe=True)
    role = shapes.text(maybe=True)
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)


class AuditEntryAnswer(Schema):
    """AuditLog."""

    id = shapes.identifier()
    actorUserId = shapes.identifier(maybe=True)
    actor = shapes.shape(AuditActorAnswer, maybe=True)
    action = shapes.text()
    entityName = shapes.text()
    entityId = shapes.text()
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)
    metadata = fields.Raw(required=True, allow_none=True)
    ipAddress = shapes.text(maybe=True)
    userAgent = shapes.text(maybe=True)
    createdAt = shapes.moment()


class SupervisorAnswer(Schema):
    id = shapes.identifier()
    name = shapes.text()
    email = shapes.text()


class FiguresAnswer(Schema):
    totalUnions = shapes.count()
    totalMembers = shapes.count()
    verifiedMembers = shapes.count()
    pendingMembers = shapes.count()
    totalLoans = shapes.count()
    activeLoans = shapes.count()
    completedLoans = shapes.count()
    defaultedLoans = shapes.count()
    totalDisbursed = shapes.number()
    totalRepaid = shapes.number()
    totalOutstanding = shapes.number()
    collectionRate = shapes.number()


class SummaryAnswer(FiguresAnswer):
    totalOfficers = shapes.count()


class OfficerPerformanceAnswer(FiguresAnswer):
    officerId = shapes.identifier()
    officerName = shapes.text()
    email = shapes.text()
    lastActivityAt = shapes.moment(maybe=True)


class StatusShareAnswer(Schema):
    status = fields.Enum(LoanStatus, by_value=True, required=True)
    count = shapes.count()
    amount = shapes.number()


class MonthAnswer(Schema):
    month = shapes.text()
    disbursed = shapes.number()
    repaid = shapes.number()
    newLoans = shapes.count()
    newMembers = shapes.count()


class DashboardFieldsAnswer(Schema):
    supervisor = shapes.shape(SupervisorAnswer)
    summary = shapes.shape(SummaryAnswer)
    officerPerformance = shapes.shapes(OfficerPerformanceAnswer)
    loanStatusDistribution = shapes.shapes(StatusShareAnswer)
    monthlyTrends = shapes.shapes(MonthAnswer)


class DashboardAnswer(DashboardFieldsAnswer):
    """The dashboard at the root, and once more inside the envelope."""

    success = shapes.flag()
    message = shapes.text()
    data = shapes.shape(DashboardFieldsAnswer)


class UnionCountAnswer(Schema):
    unions = shapes.count()


class OfficerAnswer(Schema):
    """A credit officer with their sign-ins and unions."""

    id = shapes.identifier()
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)
    name = shapes.text()
    email = shapes.text()
    isActive = shapes.flag()
    lastLoginAt = shapes.moment(maybe=True)
    lastActivityAt = shapes.moment(maybe=True)
    loginCount = shapes.count()
    unionCount = shapes.count()
    _count = shapes.shape(UnionCountAnswer)
