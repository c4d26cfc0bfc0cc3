"""The tables of how loans stood at the ends of months."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Uuid

from services.reporting.models.base import Amount, Moment, Sum, metadata

# Positions at the ends of months, kept as they were known a day later, and the months that are kept.
frozen_days = Table(
    "frozen_days",
    metadata,
    Column("frozen_on", Date, primary_key=True),
    Column("recorded_until", Date, nullable=False),
    Column("frozen_at", Moment, nullable=False),
    Column("loans", Integer, nullable=False),
)
frozen_positions = Table(
    "frozen_positions",
    metadata,
    Column("frozen_on", Date, primary_key=True),
    Column("loan_id", Uuid, primary_key=True),
    Column("union_id", Uuid, nullable=False),
    Column("officer_id", Uuid),
    Column("loan_type_id", Uuid),
    Column("disbursed_on", Date, nullable=False),
    Column("principal", Amount, nullable=False),
    Column("days_late", Integer, nullable=False),
    Column("oldest_due_on", Date, nullable=False),
    Column("arrears", Amount, nullable=False),
    Column("outstanding", Amount, nullable=False),
    Column("outstanding_principal", Amount, nullable=False),
    Column("is_rescheduled", Boolean, nullable=False),
)
Index("frozen_positions_officer_id_idx", frozen_positions.c.frozen_on, frozen_positions.c.officer_id)
# What frozen positions come to, so that a chart over months adds up few rows.
frozen_sums = Table(
    "frozen_sums",
    metadata,
    Column("frozen_on", Date, primary_key=True),
    Column("union_id", Uuid, primary_key=True),
    Column("loan_type_id", Uuid, primary_key=True),
    Column("officer_id", Uuid),
    Column("loans", Integer, nullable=False),
    Column("outstanding_principal", Sum, nullable=False),
    Column("at_risk_30", Sum, nullable=False),
)
