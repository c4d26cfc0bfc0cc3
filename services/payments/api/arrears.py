"""Who is late, and how much of the portfolio is at risk, on any day."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import ColumnElement

from services.payments.api.bodies.arrears import HistoryFilters, PortfolioFilters
from services.payments.models.ledger import loan_accounts
from services.payments.queries.loans import loans_in_full
from services.payments.queries.portfolio import closed_portfolios, late_page, portfolio_on
from services.payments.queries.positions import AsOf
from services.payments.shapes.arrears import LateLoan, Portfolio
from shared.directory.scope import scope
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

arrears = Blueprint("arrears", __name__, url_prefix="/repayments")

HISTORY_DAYS = 30


@arrears.get("/arrears")
@requires()
@documented(
    "List the loans in arrears on a day",
    name="list_loans_in_arrears",
    query=PortfolioFilters,
    answer=LateLoan,
    many=True,
    paged=True,
)
def get_arrears() -> Response:
    """The loans with an amount overdue at the end of a day, the longest overdue first, by the schedule that counted on
    that day. Officer and union are those of now; the report `arrears-list` has those of the day."""
    filters, page = load_query(PortfolioFilters), page_request()
    as_of = _as_of(filters)
    with reading() as connection:
        late, total = late_page(connection, as_of, _which(filters), limit=page.limit, offset=page.offset)
        loans = loans_in_full(connection, (loan_id for loan_id, _ in late))
    answer = [LateLoan.of(loans[loan_id], position=position, as_of=as_of.day) for loan_id, position in late]
    return success(answer, "Loans in arrears retrieved successfully.", page=page.of(total))


@arrears.get("/portfolio-at-risk")
@requires()
@documented(
    "Show the portfolio at risk on a day", name="get_portfolio_at_risk", query=PortfolioFilters, answer=Portfolio
)
def get_portfolio_at_risk() -> Response:
    """The portfolio at the end of a day, by how long loans are in arrears. `par30` is the outstanding principal of
    loans more than 30 days in arrears, as a fraction of all: the whole loan counts. The schedule is that of the day;
    officer and union are those of now, and the report `portfolio-at-risk` has those of the day."""
    filters = load_query(PortfolioFilters)
    as_of = _as_of(filters)
    with reading() as connection:
        portfolio = portfolio_on(connection, as_of, _which(filters))
    return success(Portfolio.of(portfolio, as_of=as_of.day), "Portfolio at risk calculated successfully.")


@arrears.get("/portfolio-at-risk/history")
@requires()
@documented(
    "List the portfolios of closed days",
    name="list_portfolio_history",
    query=HistoryFilters,
    answer=Portfolio,
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
    answer = [Portfolio.of(portfolio, as_of=closed_day) for closed_day, portfolio in closed]
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
