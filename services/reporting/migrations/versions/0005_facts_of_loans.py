"""Facts of loans, from which follows how they stood on any past day.

What was there before gets what it lacks when its history comes again (docs/operations.md); until then the columns that
are added here are empty.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

AMOUNT, MOMENT = sa.Numeric(14, 2), sa.DateTime(timezone=True)
CENTS = postgresql.ARRAY(sa.BigInteger)


def upgrade() -> None:
    _extend_portfolio()
    _create_facts()


def _extend_portfolio() -> None:
    for column in (
        sa.Column("loan_number", sa.Text),
        sa.Column("member_id", sa.Uuid),
        sa.Column("loan_type_id", sa.Uuid),
        sa.Column("end_on", sa.Date),
        sa.Column("submitted_at", MOMENT),
        sa.Column("approved_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("fee_collected", AMOUNT),
        sa.Column("outstanding_principal", AMOUNT),
        sa.Column("oldest_due_on", sa.Date),
        sa.Column("last_counts_from", sa.Date),
    ):
        op.add_column("portfolio_loans", column)
    op.create_index("portfolio_loans_union_id_idx", "portfolio_loans", ["union_id"])
    for column in (
        sa.Column("kind", sa.Text),
        sa.Column("account_version", sa.Integer),
        sa.Column("recorded_at", MOMENT),
        sa.Column("recorded_on", sa.Date),
        sa.Column("penalty", AMOUNT),
        sa.Column("fee", AMOUNT),
        sa.Column("interest", AMOUNT),
        sa.Column("principal", AMOUNT),
        sa.Column("reversal_of_id", sa.Uuid),
    ):
        op.add_column("repayments", column)


def _create_facts() -> None:
    op.create_table(
        "loan_states",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("counts_from", sa.Date, nullable=False),
        sa.Column("recorded_on", sa.Date, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("union_id", sa.Uuid, nullable=False),
        sa.Column("loan_type_id", sa.Uuid),
        sa.Column("principal", AMOUNT, nullable=False),
        sa.Column("disbursed_on", sa.Date),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
    )
    op.create_index("loan_states_union_id_idx", "loan_states", ["union_id"])
    op.create_table(
        "loan_schedules",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("counts_from", sa.Date, nullable=False),
        sa.Column("recorded_on", sa.Date, nullable=False),
        sa.Column("is_reschedule", sa.Boolean, nullable=False),
        sa.Column("due_on", postgresql.ARRAY(sa.Date), nullable=False),
        sa.Column("total_by", CENTS, nullable=False),
        sa.Column("principal_by", CENTS, nullable=False),
    )
    op.create_index(
        "loan_schedules_reschedules_idx", "loan_schedules", ["loan_id"], postgresql_where=sa.text("is_reschedule")
    )
    op.create_table(
        "loan_charges",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("recorded_at", MOMENT),
        sa.Column("recorded_on", sa.Date),
        sa.Column("waived_on", sa.Date),
    )
    op.create_index("loan_charges_loan_id_idx", "loan_charges", ["loan_id"])
    op.create_table(
        "reallocations",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("account_version", sa.Integer, primary_key=True),
        sa.Column("recorded_on", sa.Date, nullable=False),
        sa.Column("repayment_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
        *(sa.Column(part, CENTS, nullable=False) for part in ("penalty", "fee", "interest", "principal")),
    )
    op.create_table(
        "union_officers",
        sa.Column("union_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("counts_from", sa.Date, nullable=False),
        sa.Column("officer_id", sa.Uuid, nullable=False),
    )
    op.create_index("union_officers_officer_id_idx", "union_officers", ["officer_id"])
    op.create_table(
        "loan_types",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
