"""Charges, waivers and reversals as facts of their own, and what settling and late payments need to know.

Every new column has a default in the database, so that the release before this one goes on writing.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

AMOUNT = sa.Numeric(14, 2)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _widen_accounts()
    _widen_instalments()
    _widen_repayments()
    _create_charges()
    _create_waivers()
    op.create_table(
        "institution_settings",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("values", JSONB, nullable=False),
        sa.CheckConstraint("id = 1", name="institution_settings_single_check"),
    )


def _with_default(name: str, kind: Any, default: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=sa.text(default))


def _widen_accounts() -> None:
    op.add_column("loan_accounts", sa.Column("last_paid_on", sa.Date))
    op.add_column("loan_accounts", _with_default("daily_penalty", AMOUNT, "0"))
    op.add_column("loan_accounts", _with_default("penalty_grace_days", sa.Integer, "0"))
    op.add_column("loan_accounts", _with_default("is_deleted", sa.Boolean, "false"))
    op.execute(
        """
        UPDATE loan_accounts SET last_paid_on = newest.paid_on
        FROM (SELECT loan_id, max(paid_on) AS paid_on FROM repayments GROUP BY loan_id) AS newest
        WHERE newest.loan_id = loan_accounts.loan_id
        """
    )


def _widen_instalments() -> None:
    op.add_column("instalments", _with_default("interest_rebated", AMOUNT, "0"))
    op.add_column("instalments", _with_default("is_charge_line", sa.Boolean, "false"))


def _widen_repayments() -> None:
    op.add_column("repayments", _with_default("kind", sa.Text, "'REPAYMENT'"))
    op.add_column(
        "repayments",
        sa.Column("reversal_of_id", sa.Uuid, sa.ForeignKey("repayments.id", name="repayments_reversal_of_id_fkey")),
    )
    op.drop_constraint("repayments_amount_check", "repayments")
    op.create_check_constraint(
        "repayments_amount_check", "repayments", "amount <> 0 AND (amount < 0) = (reversal_of_id IS NOT NULL)"
    )
    op.create_index(
        "repayments_reversal_of_id_key",
        "repayments",
        ["reversal_of_id"],
        unique=True,
        postgresql_where=sa.text("reversal_of_id IS NOT NULL"),
    )


def _create_charges() -> None:
    op.create_table(
        "charges",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "loan_id", sa.Uuid, sa.ForeignKey("loan_accounts.loan_id", name="charges_loan_id_fkey"), nullable=False
        ),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("recorded_by", sa.Uuid),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("account_version", sa.Integer, nullable=False),
        sa.Column("late_instalment_id", sa.Uuid),
        sa.Column("repayment_id", sa.Uuid, sa.ForeignKey("repayments.id", name="charges_repayment_id_fkey")),
        sa.CheckConstraint("amount > 0", name="charges_amount_check"),
        sa.CheckConstraint("(kind = 'INTEREST_REBATE') = (repayment_id IS NOT NULL)", name="charges_rebate_check"),
    )
    op.create_index("charges_of_loan_idx", "charges", ["loan_id", "due_on", "id"])
    op.create_index(
        "charges_accrued_key",
        "charges",
        ["loan_id", "due_on"],
        unique=True,
        postgresql_where=sa.text("late_instalment_id IS NOT NULL"),
    )


def _create_waivers() -> None:
    op.create_table(
        "waivers",
        sa.Column("charge_id", sa.Uuid, sa.ForeignKey("charges.id", name="waivers_charge_id_fkey"), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("waived_by", sa.Uuid, nullable=False),
        sa.Column("waived_at", MOMENT, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("account_version", sa.Integer, nullable=False),
    )
