"""Sums that triggers of the database keep of the rows of other tables, in the statement that writes these: exact at any
moment, whoever writes. Nobody else writes them, and no backup holds them."""

from sqlalchemy import Column, Date, Integer, SmallInteger, Table, Text, Uuid

from services.reporting.models.base import Sum, metadata

# `portfolio_sums` over all unions. The parts of a sum are added up by who reads it; each connection adds to a part of
# its own, so that no worker waits for another one.
portfolio_totals = Table(
    "portfolio_totals",
    metadata,
    Column("figure", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("shard", SmallInteger, primary_key=True, autoincrement=False),
    Column("total", Sum, nullable=False),
)
# `repayments` by the month of their value date (its first day) and the union that the money came from.
collected_months = Table(
    "collected_months",
    metadata,
    Column("month", Date, primary_key=True),
    Column("union_id", Uuid, primary_key=True),
    Column("amount", Sum, nullable=False),
    Column("payments", Integer, nullable=False),
)
# `on_time_days` by month (its first day).
on_time_months = Table(
    "on_time_months",
    metadata,
    Column("month", Date, primary_key=True),
    Column("union_id", Uuid, primary_key=True),
    Column("due", Sum, nullable=False),
    Column("on_time", Sum, nullable=False),
)
# `portfolio_sums` of the loans of a union by their status, in one row.
union_standings = Table(
    "union_standings",
    metadata,
    Column("union_id", Uuid, primary_key=True),
    Column("status", Text, primary_key=True),
    Column("loans", Sum, nullable=False),
    Column("principal", Sum, nullable=False),
    Column("paid", Sum, nullable=False),
    Column("outstanding", Sum, nullable=False),
)
# `frozen_sums` by month and officer, `NOBODY` for none.
frozen_months = Table(
    "frozen_months",
    metadata,
    Column("frozen_on", Date, primary_key=True),
    Column("officer_id", Uuid, primary_key=True),
    Column("loans", Integer, nullable=False),
    Column("outstanding_principal", Sum, nullable=False),
    Column("at_risk_30", Sum, nullable=False),
)

KEPT_SUMS = (portfolio_totals, collected_months, on_time_months, union_standings, frozen_months)
