"""Loan types, loans, their schedules, and the repayments told by payments."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import create_shared_tables

revision = "0001"
down_revision = None

AMOUNT = sa.Numeric(14, 2)
MOMENT = sa.DateTime(timezone=True)
CHOICE = sa.String(20)
TERM_UNITS = "term_unit IN ('DAY', 'WEEK', 'MONTH')"


def upgrade() -> None:
    create_shared_tables(op)
    _create_loan_types()
    _create_loans()
    _create_instalments()
    _create_repayments()


def _create_loan_types() -> None:
    op.create_table(
        "loan_types",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("min_amount", AMOUNT, nullable=False),
        sa.Column("max_amount", AMOUNT, nullable=False),
        sa.Column("term_unit", CHOICE, nullable=False),
        sa.Column("min_term", sa.Integer, nullable=False),
        sa.Column("max_term", sa.Integer, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(TERM_UNITS, name="loan_types_term_unit_check"),
        sa.CheckConstraint("min_amount >= 0 AND max_amount > min_amount", name="loan_types_amounts_check"),
        sa.CheckConstraint("min_term >= 1 AND max_term >= min_term", name="loan_types_terms_check"),
    )
    op.create_index(
        "loan_types_live_name_key", "loan_types", ["name"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )


def _create_loans() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("loan_number_seq")))
    statuses = (
        "status IN ('DRAFT', 'PENDING_APPROVAL', 'APPROVED', 'ACTIVE', 'COMPLETED', 'DEFAULTED', 'WRITTEN_OFF', "
        "'CANCELED')"
    )
    op.create_table(
        "loans",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("loan_number", sa.Text, nullable=False, unique=True),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("union_id", sa.Uuid, nullable=False),
        sa.Column("officer_id", sa.Uuid, nullable=False),
        sa.Column("loan_type_id", sa.Uuid, sa.ForeignKey("loan_types.id", name="loans_loan_type_id_fkey")),
        sa.Column("principal", AMOUNT, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("term_count", sa.Integer, nullable=False),
        sa.Column("term_unit", CHOICE, nullable=False),
        sa.Column("start_on", sa.Date, nullable=False),
        sa.Column("end_on", sa.Date, nullable=False),
        sa.Column("annual_rate", sa.Numeric(9, 6), nullable=False),
        sa.Column("interest_total", AMOUNT, nullable=False),
        sa.Column("processing_fee", AMOUNT, nullable=False),
        sa.Column("processing_fee_collected", sa.Boolean, nullable=False),
        sa.Column("penalty_per_day", AMOUNT, nullable=False),
        sa.Column("status", CHOICE, nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("submitted_at", MOMENT),
        sa.Column("approved_at", MOMENT),
        sa.Column("approved_by", sa.Uuid),
        sa.Column("disbursed_on", sa.Date),
        sa.Column("disbursed_at", MOMENT),
        sa.Column("disbursement_method", CHOICE),
        sa.Column("disbursement_reference", sa.Text),
        sa.Column("closed_at", MOMENT),
        sa.Column("notes", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("schedule_version", sa.Integer, nullable=False),
        sa.Column("account_version", sa.Integer, nullable=False),
        sa.Column("paid", AMOUNT, nullable=False),
        sa.Column("outstanding", AMOUNT, nullable=False),
        sa.CheckConstraint(TERM_UNITS, name="loans_term_unit_check"),
        sa.CheckConstraint(statuses, name="loans_status_check"),
        sa.CheckConstraint(
            "principal > 0 AND interest_total >= 0 AND outstanding >= 0 AND paid >= 0", name="loans_amounts_check"
        ),
    )
    op.create_index(
        "loans_one_running_per_member",
        "loans",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'APPROVED', 'DEFAULTED', 'PENDING_APPROVAL') AND deleted_at IS NULL"
        ),
    )
    op.create_index("loans_newest_idx", "loans", ["created_at", "id"])
    owners = {"officer_id": "officer", "union_id": "union", "member_id": "member", "loan_type_id": "type"}
    for column, owner in owners.items():
        op.create_index(f"loans_newest_of_{owner}_idx", "loans", [column, "created_at", "id"])
    op.create_index("loans_newest_in_status_idx", "loans", ["status", "created_at", "id"])
    op.create_index(
        "loans_number_idx",
        "loans",
        [sa.text("lower(loan_number) gin_trgm_ops")],
        postgresql_using="gin",
    )


def _create_instalments() -> None:
    op.create_table(
        "instalments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid, sa.ForeignKey("loans.id", name="instalments_loan_id_fkey"), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("principal", AMOUNT, nullable=False),
        sa.Column("interest", AMOUNT, nullable=False),
        sa.Column("paid", AMOUNT, nullable=False),
        sa.Column("status", CHOICE, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("account_version", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("status IN ('PENDING', 'PARTIAL', 'PAID')", name="instalments_status_check"),
    )
    op.create_index("instalments_loan_id_sequence_key", "instalments", ["loan_id", "sequence"], unique=True)
    op.create_index(
        "instalments_open_idx", "instalments", ["loan_id", "due_on"], postgresql_where=sa.text("closed_at IS NULL")
    )


def _create_repayments() -> None:
    op.create_table(
        "loan_repayments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid, sa.ForeignKey("loans.id", name="loan_repayments_loan_id_fkey"), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("method", CHOICE, nullable=False),
        sa.Column("paid_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("notes", sa.Text),
        sa.Column("received_by", sa.Uuid, nullable=False),
        sa.Column("allocations", sa.dialects.postgresql.JSONB, nullable=False),
        sa.Column("account_version", sa.Integer, nullable=False),
    )
    op.create_index("loan_repayments_newest_idx", "loan_repayments", ["loan_id", "paid_at", "id"])
