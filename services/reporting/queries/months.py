"""Reads of the sums that are kept of the ends of months."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, text

from services.reporting.queries.positions import Narrowed
from shared.money import ZERO

MONTHS_SHOWN = 12

_BY_MONTH = """
    SELECT frozen_on, sum(outstanding_principal) AS portfolio, sum(at_risk_30) AS at_risk_30
      FROM {kept} WHERE frozen_on IN (
          SELECT frozen_on FROM frozen_days WHERE frozen_on < CAST(:day AS date) ORDER BY frozen_on DESC LIMIT :months)
       AND {narrowed}
     GROUP BY frozen_on ORDER BY frozen_on
"""

_KEPT_BY_OFFICER = """
    SELECT officer_id, sum(outstanding_principal) AS portfolio FROM frozen_sums
     WHERE frozen_on > CAST(:after AS date) AND frozen_on < CAST(:before AS date) AND {narrowed}
     GROUP BY officer_id
"""


def at_risk_by_month(connection: Connection, before: date, narrowed: Narrowed) -> Sequence[Row[Any]]:
    """Portfolio and what of it was more than 30 days late, at the last ends of months before a day, the oldest first:
    rows of `frozen_on`, `portfolio`, `at_risk_30`; a month without loans is left out."""
    values = {"day": before, "months": MONTHS_SHOWN} | narrowed.values
    return connection.execute(text(_BY_MONTH.format(**_source(narrowed))), values).all()


_AVERAGE = """
    SELECT avg(portfolio) FROM (
        SELECT sum(outstanding_principal) AS portfolio FROM {kept}
         WHERE frozen_on BETWEEN date_trunc('month', CAST(:first AS date))::date - 1 AND CAST(:last AS date)
           AND {narrowed} GROUP BY frozen_on) AS month
"""


def average_portfolio(connection: Connection, first: date, last: date, narrowed: Narrowed) -> Decimal:
    """The average portfolio of the ends of months that are kept, from the one before the first day until the last; 0
    where there is none."""
    values = {"first": first, "last": last} | narrowed.values
    average: Decimal | None = connection.execute(text(_AVERAGE.format(**_source(narrowed))), values).scalar_one()
    return average or ZERO


def kept_portfolios(connection: Connection, after: date, before: date, narrowed: Narrowed) -> Sequence[Row[Any]]:
    """The portfolios at all ends of months between two days, added up by officer: rows of `officer_id`, `portfolio`."""
    values = {"after": after, "before": before} | narrowed.values
    return connection.execute(text(_KEPT_BY_OFFICER.format(narrowed=_condition(narrowed))), values).all()


def _source(narrowed: Narrowed) -> dict[str, str]:
    """The table of sums to read, and the condition on it. Sums by officer do, unless a union or a loan type is asked
    for."""
    is_by_officer = narrowed.union_id is None and narrowed.loan_type_id is None
    return {"kept": "frozen_months" if is_by_officer else "frozen_sums", "narrowed": _condition(narrowed)}


def _condition(narrowed: Narrowed) -> str:
    return narrowed.condition(officer="officer_id", union="union_id", loan_type="loan_type_id", loan="NULL")
