"""The sums that the database keeps itself are those of the rows, whatever becomes of these."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text

from services.reporting.domain.calendar import Days, whole_months
from services.reporting.models.kept_sums import (
    collected_months,
    frozen_months,
    on_time_months,
    portfolio_totals,
    union_standings,
)
from services.reporting.models.portfolio import repayments
from shared.db import Sessions
from shared.ids import new_id

MIGRATION = import_module("services.reporting.migrations.versions.0020_kept_sums")
STANDINGS = import_module("services.reporting.migrations.versions.0023_union_standings")
FROZEN = import_module("services.reporting.migrations.versions.0026_frozen_months")
_OF_ROWS = {
    portfolio_totals: "SELECT figure, slot, sum(total) FROM portfolio_sums GROUP BY 1, 2",
    collected_months: """
        SELECT date_trunc('month', paid_on)::date, coalesce(union_id, '00000000-0000-0000-0000-000000000000'),
               sum(amount), count(*) FILTER (WHERE amount > 0) FROM repayments GROUP BY 1, 2
    """,
    on_time_months: """
        SELECT date_trunc('month', day)::date, union_id, sum(due), sum(on_time) FROM on_time_days GROUP BY 1, 2
    """,
    union_standings: """
        SELECT union_id, slot, coalesce(sum(total) FILTER (WHERE figure = 'loans'), 0),
               coalesce(sum(total) FILTER (WHERE figure = 'principal'), 0),
               coalesce(sum(total) FILTER (WHERE figure = 'paid'), 0),
               coalesce(sum(total) FILTER (WHERE figure = 'outstanding'), 0) FROM portfolio_sums GROUP BY 1, 2
    """,
    frozen_months: """
        SELECT frozen_on, coalesce(officer_id, '00000000-0000-0000-0000-000000000000'), sum(loans),
               sum(outstanding_principal), sum(at_risk_30) FROM frozen_sums GROUP BY 1, 2
    """,
}  # fmt: skip
_KEPT = {
    portfolio_totals: "SELECT figure, slot, sum(total) FROM portfolio_totals GROUP BY 1, 2",
    collected_months: "SELECT month, union_id, amount, payments FROM collected_months",
    on_time_months: "SELECT month, union_id, due, on_time FROM on_time_months",
    union_standings: "SELECT union_id, status, loans, principal, paid, outstanding FROM union_standings",
    frozen_months: "SELECT frozen_on, officer_id, loans, outstanding_principal, at_risk_30 FROM frozen_months",
}


@pytest.fixture
def connection(sessions: Sessions) -> Iterator[Connection]:
    with sessions() as session:
        yield session.connection()


def something(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query that are not all zero."""
    return sorted(tuple(row) for row in connection.execute(text(query)) if any(row[2:]))


@pytest.mark.parametrize("seed", range(5))
def test_they_follow_every_kind_of_write(connection: Connection, seed: int) -> None:
    chance = Random(seed)
    unions = [new_id() for _ in range(3)]
    for _ in range(30):
        _write(connection, chance, unions)
        for table, query in _KEPT.items():
            assert something(connection, query) == something(connection, _OF_ROWS[table]), table.name
    assert connection.execute(select(func.count()).select_from(collected_months)).scalar_one()


def _write(connection: Connection, chance: Random, unions: list[Any]) -> None:
    """Insert, merge, change or remove some rows of each table."""
    day, amount = date(2026, chance.randint(1, 4), chance.randint(1, 28)), Decimal(chance.randint(-500, 9000)) / 100
    values = {"day": day, "amount": amount, "union": chance.choice([*unions, None]), "some": chance.choice(unions)}
    for statement in (
        """
        INSERT INTO portfolio_sums VALUES ('repaid', to_char(CAST(:day AS date), 'YYYY-MM-01'), :some, :amount)
        ON CONFLICT (figure, slot, union_id) DO UPDATE SET total = portfolio_sums.total + excluded.total
        """,
        """
        INSERT INTO portfolio_sums
        SELECT figure, CASE WHEN :amount < 0 THEN 'ACTIVE' ELSE 'COMPLETED' END, :some, :amount
          FROM unnest(ARRAY['loans', 'paid', 'outstanding', 'principal']) AS figure
        ON CONFLICT (figure, slot, union_id) DO UPDATE SET total = portfolio_sums.total + excluded.total
        """,
        """
        INSERT INTO on_time_days SELECT CAST(:day AS date) + step, :some, 10, 5 FROM generate_series(0, 40) AS step
        ON CONFLICT (day, union_id) DO UPDATE SET due = on_time_days.due + 3
        """,
        "DELETE FROM on_time_days WHERE day > :day",
        """
        INSERT INTO frozen_sums
        SELECT CAST(:day AS date), gen_random_uuid(), gen_random_uuid(), officer, 2, 50, 7
          FROM unnest(ARRAY[CAST(:some AS uuid), NULL]) AS officer
        """,
        "DELETE FROM frozen_sums WHERE frozen_on > :day",
    ):
        connection.execute(text(statement), values)
    for _ in range(chance.randint(1, 3)):
        connection.execute(
            repayments.insert().values(
                id=new_id(), loan_id=new_id(), amount=amount, paid_on=day, union_id=values["union"]
            )
        )
    if chance.random() < 0.3:
        connection.execute(text("UPDATE repayments SET union_id = :some WHERE union_id IS NULL"), values)
    if chance.random() < 0.2:
        connection.execute(text("DELETE FROM repayments WHERE paid_on = :day"), values)
        connection.execute(text("DELETE FROM portfolio_sums WHERE union_id = :some"), values)


def test_what_is_emptied_has_no_sums(sessions: Sessions, superuser: Any) -> None:
    with sessions.begin() as session:
        _write(session.connection(), Random(1), [new_id()])
    superuser.execute(
        "TRUNCATE reporting.portfolio_sums, reporting.repayments, reporting.on_time_days, reporting.frozen_sums"
    )
    with sessions() as session:
        for query in _KEPT.values():
            assert something(session.connection(), query) == []


def test_filling_them_adds_what_the_triggers_have_not_added(sessions: Sessions, superuser: Any) -> None:
    """As in a database that had rows before it had triggers, where somebody writes between the two; and once more, as
    after an interruption."""
    chance, unions = Random(3), [new_id() for _ in range(3)]
    with sessions.begin() as session:
        for _ in range(10):
            _write(session.connection(), chance, unions)
    superuser.execute("SET search_path = reporting")
    superuser.execute("DELETE FROM portfolio_totals")
    superuser.execute("UPDATE union_standings SET paid = paid + 3, loans = 0")
    superuser.execute("UPDATE collected_months SET amount = amount - 7, payments = 0")
    superuser.execute("DELETE FROM on_time_months WHERE month > DATE '2026-02-01'")
    superuser.execute("UPDATE frozen_months SET loans = 1, at_risk_30 = 0")
    for _ in range(2):
        for sums, (table, keys, figures) in MIGRATION._KEPT.items():
            superuser.execute(MIGRATION._FILL.format(table=table, **MIGRATION._parts(sums, keys, figures)))
        superuser.execute(MIGRATION._FILL.format(table="portfolio_sums", **STANDINGS._PARTS))
        superuser.execute(MIGRATION._FILL.format(table="frozen_sums", **FROZEN._PARTS))
        with sessions() as session:
            for kept, query in _KEPT.items():
                assert something(session.connection(), query) == something(session.connection(), _OF_ROWS[kept])


NEWEST = date(2026, 3, 20)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 3, 1), date(2026, 3, 20), (3, 3)),
        (date(2026, 3, 1), date(2026, 3, 21), (3, 3)),
        (date(2026, 3, 1), None, (3, 3)),
        (date(2026, 1, 1), date(2026, 2, 28), (1, 2)),
        (date(2026, 3, 1), date(2026, 3, 19), None),
        (date(2026, 1, 2), date(2026, 2, 28), None),
        (date(2026, 1, 1), date(2026, 2, 27), None),
        (date(2026, 4, 1), date(2026, 3, 31), None),
        (None, date(2026, 3, 31), None),
    ],
)
def test_days_are_whole_months_as_far_as_there_is_something(
    first: date | None, last: date | None, months: tuple[int, int] | None
) -> None:
    found = whole_months(Days(first, last), NEWEST)
    assert (found and (found.first, found.last)) == (months and tuple(date(2026, month, 1) for month in months))


def test_where_there_is_nothing_no_month_is_whole() -> None:
    assert whole_months(Days(NEWEST.replace(day=1), NEWEST + timedelta(days=1)), None) is None
