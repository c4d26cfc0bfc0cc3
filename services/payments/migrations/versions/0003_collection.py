"""Collection sheets, and what is written down when a day is closed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "collection_lines",
        sa.Column("received_by", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("loan_id", sa.Uuid, nullable=False),
        _amount("amount"),
        sa.Column("repayment_id", sa.Uuid, nullable=False),
        _moment("created_at"),
    )
    op.create_index("loan_accounts_officer_idx", "loan_accounts", ["officer_id"])
    op.create_index("charges_due_idx", "charges", ["due_on"])
    _create_closing()
    _create_arrears()


def _amount(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(14, 2), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _create_closing() -> None:
    op.create_table(
        "closed_days",
        sa.Column("day", sa.Date, primary_key=True),
        _moment("started_at"),
        _moment("closed_at", nullable=True),
    )
    op.create_table(
        "closing_parts",
        sa.Column("day", sa.Date, sa.ForeignKey("closed_days.day", name="closing_parts_day_fkey"), primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("first_loan_id", sa.Uuid, nullable=False),
        sa.Column("end_loan_id", sa.Uuid),
        sa.Column("worker_id", sa.Uuid),
        _moment("leased_until", nullable=True),
        _moment("done_at", nullable=True),
    )


def _create_arrears() -> None:
    op.create_table(
        "arrears_of_day",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("officer_id", sa.Uuid, nullable=False),
        sa.Column("days_in_arrears", sa.Integer, nullable=False),
        _amount("arrears"),
        _amount("outstanding"),
        _amount("outstanding_principal"),
        sa.CheckConstraint("days_in_arrears > 0 AND arrears > 0", name="arrears_of_day_late_check"),
    )
    op.create_table(
        "portfolio_of_day",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("officer_id", sa.Uuid, primary_key=True),
        sa.Column("bucket", sa.Text, primary_key=True),
        sa.Column("loans", sa.Integer, nullable=False),
        _amount("outstanding_principal"),
        _amount("outstanding"),
        _amount("arrears"),
    )
