"""What reporting shows: the audit trail, the dashboard of supervisors and their officers."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from services.reporting.domain.calendar import label
from services.reporting.domain.portfolio import LoanStatus
from shared import shapes, wire
from shared.files.columns import Kind


def _json(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


class AuditActor(shapes.Shape):
    """Who acted, as now known, else as they were when they acted."""

    id = shapes.identifier()
    email = shapes.text(maybe=True, of=lambda staff_email, actor_email: staff_email or actor_email)
    role = shapes.text(maybe=True, of=lambda staff_role, actor_role: staff_role or actor_role)
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)


class AuditEntry(shapes.Shape):
    id = shapes.identifier()
    actorUserId = shapes.identifier(maybe=True, of="actor_id")
    actor = shapes.nested(AuditActor, maybe=True, id="actor_id")
    action = shapes.text()
    entityName = shapes.text()
    entityId = shapes.text()
    before = shapes.anything(of=lambda before: _json(before))
    after = shapes.anything(of=lambda after: _json(after))
    metadata = shapes.anything(of=lambda metadata: _json(metadata))
    ipAddress = shapes.text(maybe=True)
    userAgent = shapes.text(maybe=True)
    createdAt = shapes.moment(of="occurred_at")


class Supervisor(shapes.Shape):
    id = shapes.identifier()
    name = shapes.text()
    email = shapes.text()


class Figures(shapes.Shape):
    totalUnions = shapes.count(of="unions")
    totalMembers = shapes.count(of=lambda verified_members, pending_members: verified_members + pending_members)
    verifiedMembers = shapes.count()
    pendingMembers = shapes.count()
    totalLoans = shapes.count(of="loans")
    activeLoans = shapes.count()
    completedLoans = shapes.count()
    defaultedLoans = shapes.count()
    totalDisbursed = shapes.number(of="disbursed")
    totalRepaid = shapes.number(of="repaid")
    totalOutstanding = shapes.number(of="outstanding")
    collectionRate = shapes.number()


class Summary(shapes.Shape):
    totalOfficers = shapes.count(of=lambda officers: len(officers))
    figures = shapes.included(Figures, "summary.")


class OfficerPerformance(shapes.Shape):
    """An officer of a dashboard."""

    officerId = shapes.identifier(of="officer.id")
    officerName = shapes.text(of="officer.name")
    email = shapes.text(of="officer.email")
    figures = shapes.included(Figures, "performance.")
    lastActivityAt = shapes.moment(maybe=True, of="officer.last_activity_at")


class StatusShare(shapes.Shape):
    status = shapes.anything({"enum": [status.value for status in LoanStatus]})
    count = shapes.count(of="loans")
    amount = shapes.number(of="principal")


class Month(shapes.Shape):
    month = shapes.text(of=lambda month: label(month))
    disbursed = shapes.number()
    repaid = shapes.number()
    newLoans = shapes.count()
    newMembers = shapes.count()


class DashboardFields(shapes.Shape):
    """A dashboard; `person` is whom it is about."""

    supervisor = shapes.nested(Supervisor, of=shapes.given("person"))
    summary = shapes.nested(Summary)
    officerPerformance = shapes.listed(OfficerPerformance, of="officers")
    loanStatusDistribution = shapes.listed(StatusShare, of="distribution")
    monthlyTrends = shapes.listed(Month, of="months")


class Dashboard(DashboardFields):
    """The dashboard at the root, and once more inside the envelope."""

    success = shapes.flag(always=True)
    message = shapes.text(of=shapes.given("message"))
    data = shapes.nested(DashboardFields)


class UnionCount(shapes.Shape):
    unions = shapes.count()


class Officer(shapes.Shape):
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
    _count = shapes.nested(UnionCount)
    unionCount = shapes.count(of="unions")


def cell(value: Any) -> Any:
    """A value of a report as JSON: amounts and percentages are numbers, days are midnight UTC."""
    match value:
        case Decimal():
            return wire.number(value)
        case datetime():
            return wire.timestamp(value)
        case date():
            return wire.day(value)
    return value


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: cell(value) for name, value in row.items()}


class ReportColumn(shapes.Shape):
    """A column of a report. `kind` says what its values are: text, day, moment, amount (naira), count or percent."""

    name = shapes.text()
    title = shapes.text()
    kind = shapes.choice(Kind)


class ReportDefinition(shapes.Shape):
    """What a report says about itself."""

    name = shapes.text()
    title = shapes.text()
    purpose = shapes.text()
    parameters = shapes.listed(shapes.text())
    columns = shapes.listed(ReportColumn)
    formula = shapes.text()
    source = shapes.text()
    totals = shapes.text(description="How the totals are made; empty where there are none.")
    hasSeries = shapes.flag()
    looksAhead = shapes.flag()


class SeriesLine(shapes.Shape):
    """A line, or a kind of bar, of a chart; its values are one for each label, null is a gap."""

    name = shapes.text()
    unit = shapes.choice(Kind)
    values = shapes.listed(shapes.anything({"type": ["number", "null"]}), of=lambda values: [cell(v) for v in values])


class Series(shapes.Shape):
    """What a chart draws as it is."""

    labels = shapes.listed(shapes.text())
    series = shapes.listed(SeriesLine, of="lines")


class Report(shapes.Shape):
    """A report: `definition`, what it was asked for, and its figures. Rows have a value for each column, by its name,
    and beside them ids of what they are about."""

    definition = shapes.nested(ReportDefinition, of=shapes.given("definition"))
    parameters = shapes.anything({"type": "object"}, of=shapes.given("parameters"))
    columns = shapes.listed(ReportColumn, of=lambda *, definition: definition.columns)
    rows = shapes.listed(shapes.anything({"type": "object"}), of=lambda rows: [_cells(row) for row in rows])
    totals = shapes.anything({"type": ["object", "null"]}, of=lambda totals: _cells(totals) if totals else None)
    notes = shapes.listed(shapes.text())
    series = shapes.nested(Series, of="series", maybe=True)
