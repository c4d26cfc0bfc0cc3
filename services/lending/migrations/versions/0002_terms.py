"""The terms of products and loans, what was asked for and paid out, and what undoing a step leaves behind.

Every column has a default in the database, so that the release before this one goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

AMOUNT = sa.Numeric(14, 2)
RATE = sa.Numeric(9, 6)
CHOICE = sa.String(20)
JSON = sa.dialects.postgresql.JSONB
CHOICES = {
    "interest_method": ("FLAT", "DECLINING_BALANCE"),
    "amortization": ("EQUAL_INSTALMENTS", "EQUAL_PRINCIPAL", "LEVEL_TOTAL"),
    "day_count": ("EQUAL_PERIODS", "THIRTY_360", "ACTUAL_360", "ACTUAL_364", "ACTUAL_365", "ACTUAL_ACTUAL"),
    "rounding": ("HALF_UP", "HALF_EVEN"),
    "penalty_mode": ("SHOWN", "CHARGED"),
}
ONE_RUNNING = "status IN ('ACTIVE', 'APPROVED', 'DEFAULTED', 'PENDING_APPROVAL') AND deleted_at IS NULL"


def upgrade() -> None:
    for table in ("loan_types", "loans"):
        _add_terms(table)
    _add_to_products()
    _add_to_loans()
    _say_where_schedules_count_from()


def _add_terms(table: str) -> None:
    for name, values in CHOICES.items():
        op.add_column(table, sa.Column(name, CHOICE, nullable=False, server_default=values[0]))
        listed = ", ".join(f"'{value}'" for value in values)
        op.create_check_constraint(f"{table}_{name}_check", table, f"{name} IN ({listed})")
    for name, default in {
        "repay_every": "1",
        "principal_grace": "0",
        "interest_grace": "0",
        "penalty_grace_days": "0",
    }.items():
        op.add_column(table, sa.Column(name, sa.Integer, nullable=False, server_default=default))
    for name in ("deducts_fee", "rebates_unearned_interest"):
        op.add_column(table, sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column(table, sa.Column("instalment_multiple", AMOUNT))
    op.add_column(table, sa.Column("processing_fee_rate", RATE, nullable=False, server_default="0"))


def _add_to_products() -> None:
    op.add_column("loan_types", sa.Column("annual_rate", RATE, nullable=False, server_default="0"))
    for name in ("processing_fee", "penalty_per_day"):
        op.add_column("loan_types", sa.Column(name, AMOUNT, nullable=False, server_default="0"))
    # What could be said with every loan until now.
    overrides = '["interestRate", "processingFeeAmount", "penaltyFeePerDayAmount", "firstDueDate"]'
    op.add_column("loan_types", sa.Column("allowed_overrides", JSON, nullable=False, server_default=overrides))


def _add_to_loans() -> None:
    for name in ("first_due_on", "base_on"):
        op.add_column("loans", sa.Column(name, sa.Date))
    for name in ("requested_principal", "disbursed_amount"):
        op.add_column("loans", sa.Column(name, AMOUNT))
    op.add_column("loans", sa.Column("undone", JSON))
    op.add_column("loans", sa.Column("is_reopened", sa.Boolean, nullable=False, server_default=sa.false()))
    op.drop_index("loans_one_running_per_member", "loans")
    op.create_index(
        "loans_one_running_per_member",
        "loans",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text(f"{ONE_RUNNING} AND NOT is_reopened"),
    )


def _say_where_schedules_count_from() -> None:
    """A schedule counts from the start date when a payment disbursed the loan, else from the disbursement."""
    op.execute(
        """
        UPDATE loans SET disbursed_amount = principal WHERE disbursed_on IS NOT NULL
        """
    )
    op.execute(
        """
        UPDATE loans
        SET base_on = CASE
            WHEN first.due_on = disbursed_on + CASE term_unit
                WHEN 'DAY' THEN interval '1 day' WHEN 'WEEK' THEN interval '1 week' ELSE interval '1 month' END
            THEN disbursed_on ELSE start_on END
        FROM instalments AS first WHERE first.loan_id = loans.id AND first.sequence = 1
        """
    )
