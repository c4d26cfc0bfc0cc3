"""Accounts, schedules, repayments and where they went."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrations import create_shared_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_shared_tables(op)
    _create_loan_types()
    _create_loan_accounts()
    _create_instalments()
    _create_repayments()
    _create_allocations()
    # A payment updates its account and a few instalments in place when there is room on their pages.
    op.execute("ALTER TABLE loan_accounts SET (fillfactor = 80)")
    op.execute("ALTER TABLE instalments SET (fillfactor = 80)")


def _amount(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(14, 2), nullable=False)


def _sum(name: str, expression: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(14, 2), sa.Computed(expression, persisted=True), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _create_loan_types() -> None:
    op.create_table(
        "loan_types",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        _amount("min_amount"),
        _amount("max_amount"),
        sa.Column("term_unit", sa.Text, nullable=False),
        sa.Column("min_term", sa.Integer, nullable=False),
        sa.Column("max_term", sa.Integer, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _create_loan_accounts() -> None:
    op.create_table(
        "loan_accounts",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("loan_number", sa.Text, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("union_id", sa.Uuid, nullable=False),
        sa.Column("officer_id", sa.Uuid, nullable=False),
        sa.Column("loan_type_id", sa.Uuid),
        sa.Column("created_by", sa.Uuid, nullable=False),
        _amount("principal"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        _moment("disbursed_at", nullable=True),
        _moment("closed_at", nullable=True),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("facts_version", sa.Integer, nullable=False),
        sa.Column("schedule_version", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        _amount("paid"),
        _amount("outstanding"),
        _amount("outstanding_principal"),
        sa.CheckConstraint(
            "paid >= 0 AND outstanding >= 0 AND outstanding_principal >= 0", name="loan_accounts_amounts_check"
        ),
    )
    op.create_index("loan_accounts_member_idx", "loan_accounts", ["member_id"])
    op.create_index("loan_accounts_union_idx", "loan_accounts", ["union_id"])
    op.create_index(
        "loan_accounts_number_idx",
        "loan_accounts",
        [sa.literal_column("lower(loan_number)").label("number")],
        postgresql_using="gin",
        postgresql_ops={"number": "gin_trgm_ops"},
    )


def _create_instalments() -> None:
    op.create_table(
        "instalments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "loan_id", sa.Uuid, sa.ForeignKey("loan_accounts.loan_id", name="instalments_loan_id_fkey"), nullable=False
        ),
        sa.Column("officer_id", sa.Uuid, nullable=False),
        sa.Column("is_listed", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        _amount("penalty"),
        _amount("fee"),
        _amount("interest"),
        _amount("principal"),
        _sum("total", "penalty + fee + interest + principal"),
        _amount("penalty_paid"),
        _amount("fee_paid"),
        _amount("interest_paid"),
        _amount("principal_paid"),
        _sum("paid", "penalty_paid + fee_paid + interest_paid + principal_paid"),
        sa.Column("status", sa.Text, nullable=False),
        _moment("closed_at", nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.CheckConstraint(
            "penalty_paid BETWEEN 0 AND penalty AND fee_paid BETWEEN 0 AND fee "
            "AND interest_paid BETWEEN 0 AND interest AND principal_paid BETWEEN 0 AND principal",
            name="instalments_not_over_allocated_check",
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (status <> 'PAID')", name="instalments_closed_when_paid_check"),
    )
    op.create_index("instalments_of_loan_idx", "instalments", ["loan_id", "sequence"], unique=True)
    oldest = ["due_on", "sequence", "id"]
    is_open, is_paid = sa.text("is_listed AND closed_at IS NULL"), sa.text("is_listed AND closed_at IS NOT NULL")
    op.create_index("instalments_open_idx", "instalments", oldest, postgresql_where=is_open)
    op.create_index("instalments_open_of_officer_idx", "instalments", ["officer_id", *oldest], postgresql_where=is_open)
    op.create_index("instalments_paid_idx", "instalments", oldest, postgresql_where=is_paid)
    op.create_index("instalments_paid_of_officer_idx", "instalments", ["officer_id", *oldest], postgresql_where=is_paid)


def _create_repayments() -> None:
    op.create_table(
        "repayments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "loan_id", sa.Uuid, sa.ForeignKey("loan_accounts.loan_id", name="repayments_loan_id_fkey"), nullable=False
        ),
        sa.Column("officer_id", sa.Uuid, nullable=False),
        _amount("amount"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        _moment("paid_at"),
        sa.Column("paid_on", sa.Date, nullable=False),
        _moment("recorded_at"),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("notes", sa.Text),
        sa.Column("received_by", sa.Uuid, nullable=False),
        sa.Column("meant_for_instalment_id", sa.Uuid),
        sa.Column("account_version", sa.Integer, nullable=False),
        sa.CheckConstraint("amount > 0", name="repayments_amount_check"),
    )
    op.create_index("repayments_newest_idx", "repayments", ["paid_at", "id"])
    op.create_index("repayments_newest_of_officer_idx", "repayments", ["officer_id", "paid_at", "id"])
    op.create_index("repayments_newest_of_loan_idx", "repayments", ["loan_id", "paid_at", "id"])
    op.create_index(
        "repayments_reference_idx",
        "repayments",
        [sa.literal_column("lower(reference)").label("reference")],
        postgresql_ops={"reference": "text_pattern_ops"},
        postgresql_where=sa.text("reference IS NOT NULL"),
    )


def _create_allocations() -> None:
    op.create_table(
        "allocations",
        sa.Column(
            "repayment_id",
            sa.Uuid,
            sa.ForeignKey("repayments.id", name="allocations_repayment_id_fkey"),
            primary_key=True,
        ),
        sa.Column(
            "instalment_id",
            sa.Uuid,
            sa.ForeignKey("instalments.id", name="allocations_instalment_id_fkey"),
            primary_key=True,
        ),
        sa.Column("id", sa.Uuid, nullable=False),
        _amount("penalty"),
        _amount("fee"),
        _amount("interest"),
        _amount("principal"),
        _sum("amount", "penalty + fee + interest + principal"),
        _moment("created_at"),
    )
    op.create_index("allocations_of_instalment_idx", "allocations", ["instalment_id"])
