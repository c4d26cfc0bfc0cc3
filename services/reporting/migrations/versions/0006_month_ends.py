"""Positions at the ends of months, and of which loans something counts only later."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

AMOUNT = sa.Numeric(14, 2)


def upgrade() -> None:
    op.drop_column("portfolio_loans", "last_counts_from")
    op.create_table(
        "facts_ahead",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("counts_from", sa.Date, primary_key=True),
    )
    op.create_index("facts_ahead_counts_from_idx", "facts_ahead", ["counts_from"])
    op.create_table(
        "frozen_days",
        sa.Column("frozen_on", sa.Date, primary_key=True),
        sa.Column("known_by", sa.Date, nullable=False),
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
