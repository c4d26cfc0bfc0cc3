"""Who is late, and how much of the portfolio is at risk, on any day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import ColumnElement

from services.payments import wire
from services.payments.api.arrears_answers import LateLoanAnswer, PortfolioAnswer
from services.payments.api.calendar import company_zone, today
from services.payments.api.schemas import Filters
from services.payments.domain.portfolio import Holding, Portfolio, Position, bucket
from services.payments.models.ledger import Row, loan_accounts
from services.payments.queries.loans import loans_shown
from services.payments.queries.portfolio import closed_portfolios, late_page, portfolio_on
from services.payments.queries.positions import AsOf
from shared.directory.scope import scope
from shared.fields import Day, IdFilter
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading
from shared.wire import day, money, number

arrears = Blueprint("arrears", __name__, url_prefix="/repayments")

HISTORY_DAYS = 30
# PAR1 is everything late: the days in arrears begin with the first.
_AT_RISK = {"par1": 0, "par30": 30, "par60": 60, "par90": 90}


class PortfolioFilters(Filters):
    """The end of which day, today unless it is given, and of which loans."""

    as_of = Day(data_key="asOf")
    union_id = IdFilter(data_key="unionId")
    officer_id = IdFilter(data_key="assignedOfficerId")


class HistoryFilters(Filters):
    """A span of days, both ends included; the last thirty unless they are given."""

    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")


@arrears.get("/arrears")
@requires()
@documented(
    "List the loans in arrears on a day",
    name="list_loans_in_arrears",
    query=PortfolioFilters,
    answer=LateLoanAnswer,
    many=True,
    paged=True,
)
def get_arrears() -> Response:
    """The loans with an amount overdue at the end of a day, the longest overdue first."""
    filters, page = load_query(PortfolioFilters), page_request()
    as_of = _as_of(filters)
    with reading() as connection:
        late, total = late_page(connection, as_of, _which(filters), limit=page.limit, offset=page.offset)
        loans = loans_shown(connection, (loan_id for loan_id, _ in late))
    answer = [_late_loan(loans[loan_id], position, as_of.day) for loan_id, position in late]
    return success(answer, "Loans in arrears retrieved successfully.", page=page.of(total))


@arrears.get("/portfolio-at-risk")
@requires()
@documented(
    "Show the portfolio at risk on a day", name="get_portfolio_at_risk", query=PortfolioFilters, answer=PortfolioAnswer
)
def get_portfolio_at_risk() -> Response:
    """The portfolio at the end of a day, by how long loans are in arrears. `par30` is the outstanding principal of
    loans more than 30 days in arrears, as a fraction of all: the whole loan counts."""
    filters = load_query(PortfolioFilters)
    as_of = _as_of(filters)
    with reading() as connection:
        portfolio = portfolio_on(connection, as_of, _which(filters))
    return success(_portfolio(as_of.day, portfolio), "Portfolio at risk calculated successfully.")


@arrears.get("/portfolio-at-risk/history")
@requires()
@documented(
    "List the portfolios of closed days",
    name="list_portfolio_history",
    query=HistoryFilters,
    answer=PortfolioAnswer,
    many=True,
)
def get_history() -> Response:
    """The portfolio at the close of each business day of a span, the oldest first; only days that were closed are
    there."""
    filters = load_query(HistoryFilters)
    last = filters.get("date_to") or today()
    first = filters.get("date_from") or last - timedelta(days=HISTORY_DAYS - 1)
    with reading() as connection:
        closed = closed_portfolios(connection, current_actor(), first, last)
    answer = [_portfolio(closed_day, portfolio) for closed_day, portfolio in closed]
    return success(answer, "Portfolios of closed days retrieved successfully.")


def _as_of(filters: Mapping[str, Any]) -> AsOf:
    return AsOf(filters.get("as_of") or today(), company_zone().key)


def _which(filters: Mapping[str, Any]) -> ColumnElement[bool]:
    """The loans an actor may see, of the union and the officer that the filters name."""
    which = scope(current_actor(), loan_accounts.c.officer_id)
    for name in ("union_id", "officer_id"):
        if name in filters:
            which &= loan_accounts.c[name] == filters[name]
    return which


def _late_loan(loan: Row, position: Position, on: date) -> dict[str, Any]:
    row = wire.loan_of_schedule_row(loan)
    return {
        name: row[name] for name in ("loanNumber", "status", "unionMember", "customer", "union", "assignedOfficer")
    } | {
        "loanId": row["id"],
        "asOf": day(on),
        "daysInArrears": position.days_in_arrears,
        "bucket": bucket(position.days_in_arrears).value,
        "arrears": money(position.arrears),
        "outstanding": money(position.outstanding),
        "outstandingPrincipal": money(position.outstanding_principal),
    }


def _portfolio(on: date, portfolio: Portfolio) -> dict[str, Any]:
    ratios = {name: float(portfolio.at_risk(days)) for name, days in _AT_RISK.items()}
    buckets = [{"bucket": name.value} | _holding(holding) for name, holding in portfolio.holdings.items()]
    return {"asOf": day(on)} | _holding(portfolio.whole) | ratios | {"buckets": buckets}


def _holding(holding: Holding) -> dict[str, Any]:
    return {
        "loans": holding.loans,
        "outstandingPrincipal": number(holding.outstanding_principal),
        "outstanding": number(holding.outstanding),
        "arrears": number(holding.arrears),
    }
