"""What is shown on the dashboard of supervisors."""

from services.reporting.domain.calendar import label
from services.reporting.domain.portfolio import LoanStatus
from services.reporting.shapes.envelope import AtRoot
from shared import shapes


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


class Dashboard(DashboardFields, AtRoot):
    """The dashboard at the root, and once more inside the envelope."""

    data = shapes.nested(DashboardFields)
