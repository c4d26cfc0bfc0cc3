"""What is shown of reports that are kept."""

from services.reporting.domain.sessions import ReportType
from services.reporting.shapes.dashboard import DashboardFields, OfficerPerformance
from services.reporting.shapes.envelope import AtRoot
from shared import shapes
from shared.directory import shapes as directory

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


class ReportSession(ReportSessionFields, AtRoot):
    """A report that was generated, at the root, and once more inside the envelope."""

    data = shapes.nested(ReportSessionFields)


_PAGINATION = {"$ref": "#/components/schemas/Pagination"}


class ReportSessionPage(shapes.Shape):
    reports = shapes.listed(ReportSessionRow, of=shapes.given("rows"))
    pagination = shapes.anything(_PAGINATION, of=shapes.given("pagination"))


class ReportSessions(ReportSessionPage, AtRoot):
    """A page of reports at the root, and once more inside the envelope."""

    data = shapes.nested(ReportSessionPage)
