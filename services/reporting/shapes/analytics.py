"""What is shown of unions as branches, and of all of them together."""

from services.reporting.domain.analytics import PeriodType
from shared import shapes
from shared.directory import shapes as directory

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
