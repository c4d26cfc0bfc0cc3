"""What reporting shows: the audit trail, the dashboard of supervisors and their officers."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from services.reporting.domain.analytics import PeriodType
from services.reporting.domain.calendar import label
from services.reporting.domain.jobs import Job, JobState
from services.reporting.domain.portfolio import LoanStatus
from services.reporting.domain.sessions import ReportType
from services.reporting.domain.subscriptions import Frequency
from shared import shapes, wire
from shared.directory import shapes as directory
from shared.files.columns import Kind
from shared.files.formats import FileFormat


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
    collectedInPeriod = shapes.number(of="collected")
    paymentsInPeriod = shapes.integer(of="payments")
    onTimeRate = shapes.number(maybe=True)


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


_COLLECTION_RATE = "Repaid of what was disbursed, in percent; at most 999.99."


class ReportSessionRow(shapes.Shape):
    """A report that was generated, in a list; amounts are those of then."""

    id = shapes.identifier()
    reportType = shapes.choice(ReportType)
    title = shapes.text()
    periodStart = shapes.moment()
    periodEnd = shapes.moment()
    totalOfficers = shapes.count()
    totalUnions = shapes.count()
    totalMembers = shapes.count()
    totalLoans = shapes.count()
    totalDisbursed = shapes.money()
    totalRepaid = shapes.money()
    collectionRate = shapes.money(description=_COLLECTION_RATE)
    generatedAt = shapes.moment()


class ReportSessionSnapshot(ReportSessionRow):
    """A report that was generated, as the audit trail keeps it."""

    supervisorId = shapes.identifier()
    activeLoans = shapes.count()
    completedLoans = shapes.count()
    defaultedLoans = shapes.count()
    totalOutstanding = shapes.money()


class ReportSessionFields(ReportSessionSnapshot):
    """A report that was generated, with the dashboard of then."""

    reportData = shapes.nested(DashboardFields, of="report_data", written=True)
    officerMetrics = shapes.listed(
        OfficerPerformance, of=lambda report_data: report_data["officerPerformance"], written=True
    )
    supervisor = shapes.nested(directory.UserRef, "supervisor_")


class ReportSession(ReportSessionFields):
    """A report that was generated, at the root, and once more inside the envelope."""

    success = shapes.flag(always=True)
    message = shapes.text(of=shapes.given("message"))
    data = shapes.nested(ReportSessionFields)


_PAGINATION = {"$ref": "#/components/schemas/Pagination"}


class ReportSessionPage(shapes.Shape):
    reports = shapes.listed(ReportSessionRow, of=shapes.given("rows"))
    pagination = shapes.anything(_PAGINATION, of=shapes.given("pagination"))


class ReportSessions(ReportSessionPage):
    """A page of reports at the root, and once more inside the envelope."""

    success = shapes.flag(always=True)
    message = shapes.text(of=shapes.given("message"))
    data = shapes.nested(ReportSessionPage)


class OfficerActivity(shapes.Shape):
    """What an officer did."""

    officerId = shapes.identifier()
    officerName = shapes.text()
    counts = shapes.anything({"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}})
    lastActionAt = shapes.moment(maybe=True)


class DayOfActivity(shapes.Shape):
    date = shapes.day()
    total = shapes.count(of="entries", description="Audit entries of that day.")


class ActivityFields(shapes.Shape):
    byOfficer = shapes.listed(OfficerActivity, of="officers")
    daily = shapes.listed(DayOfActivity, of="days")


class Activity(ActivityFields):
    """What a team did, at the root, and once more inside the envelope."""

    success = shapes.flag(always=True)
    message = shapes.text(of=shapes.given("message"))
    data = shapes.nested(ActivityFields)


_ACCOUNTS = "Accounts of staff: those of the team and its supervisor, for an admin all."


class AnalysedBook(shapes.Shape):
    totalCustomers = shapes.count(of="members")
    totalLoans = shapes.count(of="loans")
    activeLoans = shapes.count()
    totalLoanAmount = shapes.number(of="disbursed")
    outstandingAmount = shapes.number(of="outstanding")
    revenue = shapes.number(of="revenue.period")
    monthlyRevenue = shapes.number(of="revenue.month")
    quarterlyRevenue = shapes.number(of="revenue.quarter")
    yearlyRevenue = shapes.number(of="revenue.year")
    collectionRate = shapes.number()
    overdueLoans = shapes.count()
    defaultedLoans = shapes.count()


class AnalysedLogins(shapes.Shape):
    dailyLogins = shapes.count(of="today")
    weeklyLogins = shapes.count(of="week")
    monthlyLogins = shapes.count(of="month")


class AnalysedPeriod(shapes.Shape):
    """The period, which is given as `analysed`."""

    periodType = shapes.choice(PeriodType, of=lambda *, analysed: analysed.period)
    periodStart = shapes.day(of=lambda *, analysed: analysed.first, description="Its first day.")
    periodEnd = shapes.day(of=lambda *, analysed: analysed.last, description="Today.")


class BranchAnalytics(shapes.Shape):
    """The figures of a union as a branch; its officer is all of its staff."""

    id = shapes.identifier()
    branchId = shapes.identifier(of="id")
    branch = shapes.nested(directory.BranchRef)
    totalUsers = shapes.count(always=1)
    activeUsers = shapes.count(of=lambda is_officer_active: int(is_officer_active))
    book = shapes.included(AnalysedBook, "book.")
    logins = shapes.included(AnalysedLogins, "logins.")
    period = shapes.included(AnalysedPeriod)


class SystemAnalytics(shapes.Shape):
    """All unions together, the staff behind them, and each union."""

    totalBranches = shapes.count(of=lambda branches: len(branches))
    totalUsers = shapes.count(of="staff.users", description=_ACCOUNTS)
    activeUsers = shapes.count(of="staff.active_users", description="Those of them that can be used.")
    book = shapes.included(AnalysedBook, "book.")
    logins = shapes.included(AnalysedLogins, "staff.logins.")
    period = shapes.included(AnalysedPeriod)
    branchAnalytics = shapes.listed(BranchAnalytics, of="branches")


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


class ReportJob(shapes.Shape):
    """A file that is made aside. `progress` is in per cent; `file` is where it is fetched once it is done."""

    id = shapes.identifier()
    name = shapes.text()
    title = shapes.text()
    format = shapes.choice(FileFormat)
    filters = shapes.anything({"type": "object", "additionalProperties": {"type": "string"}})
    state = shapes.choice(JobState)
    progress = shapes.integer()
    rows = shapes.integer(maybe=True)
    size = shapes.integer(maybe=True)
    fileName = shapes.text(maybe=True)
    file = shapes.text(maybe=True, of=lambda id, file_key: file_key and f"/api/reports/jobs/{id}/file")
    error = shapes.text(maybe=True)
    subscriptionId = shapes.identifier(maybe=True)
    createdAt = shapes.moment()
    startedAt = shapes.moment(maybe=True)
    finishedAt = shapes.moment(maybe=True)
    expiresAt = shapes.moment(maybe=True)


class RunningVerification(shapes.Shape):
    progress = shapes.integer()
    startedAt = shapes.moment(maybe=True)


class Verification(shapes.Shape):
    """What the last verification of the audit trail found, and the one that is under way. `state` is `NONE` before the
    first, `HOLDS`, `BROKEN`, or `FAILED` when it could not be done."""

    state = shapes.choice(["NONE", "HOLDS", "BROKEN", "FAILED"], of=lambda last: _verdict(last))
    verifiedAt = shapes.moment(maybe=True, of=lambda last: last and last.finished_at)
    entries = shapes.integer(maybe=True, of=lambda last: _finding(last, "entries"))
    unlinked = shapes.integer(maybe=True, of=lambda last: _finding(last, "unlinked"))
    anchors = shapes.integer(maybe=True, of=lambda last: _finding(last, "anchors"))
    firstBroken = shapes.integer(maybe=True, of=lambda last: _finding(last, "firstBroken"))
    fault = shapes.text(maybe=True, of=lambda last: _finding(last, "fault") or (last and last.error))
    running = shapes.nested(RunningVerification, maybe=True, of="running")


def _verdict(last: Job | None) -> str:
    if last is None:
        return "NONE"
    if last.findings is None:
        return "FAILED"
    return "HOLDS" if last.findings["holds"] else "BROKEN"


def _finding(last: Job | None, name: str) -> Any:
    return last.findings.get(name) if last and last.findings else None


class ReportSubscription(shapes.Shape):
    """A report that is sent by e-mail. `day` is that of the week, Monday is 1, or of the month."""

    id = shapes.identifier()
    name = shapes.text()
    title = shapes.text()
    format = shapes.choice(FileFormat)
    filters = shapes.anything({"type": "object", "additionalProperties": {"type": "string"}})
    frequency = shapes.choice(Frequency)
    day = shapes.integer()
    nextOn = shapes.day()
    lastOn = shapes.day(maybe=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
