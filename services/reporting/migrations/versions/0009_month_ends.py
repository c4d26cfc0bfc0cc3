"""Positions at the ends of months, and of which loans something counts only later."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

AMOUNT = sa.Numeric(14, 2)


def upgrade() -> None:
    op.create_table(
        "facts_ahead",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("counts_from", sa.Date, primary_key=True),
    )
    op.create_index("facts_ahead_counts_from_idx", "facts_ahead", ["counts_from"])
    op.create_table(
        "frozen_days",
        sa.Column("frozen_on", sa.Date, primary_key=True),
        sa.Column("recorded_until", sa.Date, nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loans", sa.Integer, nullable=False),
    )
    op.create_table(
        "frozen_positions",
        sa.Column("frozen_on", sa.Date, primary_key=True),
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("union_id", sa.Uuid, nullable=False),
        sa.Column("officer_id", sa.Uuid),
        sa.Column("loan_type_id", sa.Uuid),
        sa.Column("disbursed_on", sa.Date, nullable=False),
        sa.Column("principal", AMOUNT, nullable=False),
        sa.Column("days_late", sa.Integer, nullable=False),
        sa.Column("oldest_due_on", sa.Date, nullable=False),
        sa.Column("arrears", AMOUNT, nullable=False),
        sa.Column("outstanding", AMOUNT, nullable=False),
        sa.Column("outstanding_principal", AMOUNT, nullable=False),
        sa.Column("is_rescheduled", sa.Boolean, nullable=False),
    )
    op.create_index("frozen_positions_officer_id_idx", "frozen_positions", ["frozen_on", "officer_id"])
    op.create_table(
        "frozen_sums",
        sa.Column("frozen_on", sa.Date, primary_key=True),
        sa.Column("union_id", sa.Uuid, primary_key=True),
        sa.Column("loan_type_id", sa.Uuid, primary_key=True),
        sa.Column("officer_id", sa.Uuid),
        sa.Column("loans", sa.Integer, nullable=False),
        sa.Column("outstanding_principal", sa.Numeric(18, 2), nullable=False),
        sa.Column("at_risk_30", sa.Numeric(18, 2), nullable=False),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("filled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("id = 1", name="history_single_check"),
    )
    # In a new database there is nothing to fill in.
    is_new = "CASE WHEN EXISTS (SELECT FROM portfolio_loans) THEN NULL ELSE now() END"
    op.execute(f"INSERT INTO history (id, filled_at) SELECT 1, {is_new}")
