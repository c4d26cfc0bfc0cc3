"""The schedules a loan had before, and proposals to repay what is outstanding by other terms."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

AMOUNT = sa.Numeric(14, 2)
MOMENT = sa.DateTime(timezone=True)
CHOICE = sa.String(20)
CHOICES = {
    "term_unit": ("DAY", "WEEK", "MONTH"),
    "interest_method": ("FLAT", "DECLINING_BALANCE"),
    "amortization": ("EQUAL_INSTALMENTS", "EQUAL_PRINCIPAL", "LEVEL_TOTAL"),
    "day_count": ("EQUAL_PERIODS", "THIRTY_360", "ACTUAL_360", "ACTUAL_364", "ACTUAL_365", "ACTUAL_ACTUAL"),
    "rounding": ("HALF_UP", "HALF_EVEN"),
    "status": ("PROPOSED", "APPROVED", "REJECTED"),
}
ENDS = ("DISBURSED", "EDITED", "REGENERATED", "RESCHEDULED", "APPROVAL_UNDONE", "DISBURSEMENT_UNDONE", "RESTORED")


def upgrade() -> None:
    _create_history()
    _create_reschedules()


def _create_history() -> None:
    op.create_table(
        "schedule_history",
        sa.Column(
            "loan_id",
            sa.Uuid,
            sa.ForeignKey("loans.id", name="schedule_history_loan_id_fkey"),
            primary_key=True,
        ),
        sa.Column("schedule_version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("lines", sa.dialects.postgresql.JSONB, nullable=False),
        sa.Column("ended_by", CHOICE, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        _one_of("schedule_history", "ended_by", ENDS),
    )


def _create_reschedules() -> None:
    op.create_table(
        "reschedules",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid, sa.ForeignKey("loans.id", name="reschedules_loan_id_fkey"), nullable=False),
        sa.Column("schedule_version", sa.Integer, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("term_count", sa.Integer, nullable=False),
        sa.Column("term_unit", CHOICE, nullable=False),
        sa.Column("repay_every", sa.Integer, nullable=False),
        sa.Column("annual_rate", sa.Numeric(9, 6), nullable=False),
        sa.Column("interest_method", CHOICE, nullable=False),
        sa.Column("amortization", CHOICE, nullable=False),
        sa.Column("day_count", CHOICE, nullable=False),
        sa.Column("first_due_on", sa.Date),
        sa.Column("principal_grace", sa.Integer, nullable=False),
        sa.Column("interest_grace", sa.Integer, nullable=False),
        sa.Column("instalment_multiple", AMOUNT),
        sa.Column("rounding", CHOICE, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("status", CHOICE, nullable=False),
        sa.Column("proposed_by", sa.Uuid, nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision_notes", sa.Text),
        *(_one_of("reschedules", name, values) for name, values in CHOICES.items()),
    )
    op.create_index(
        "reschedules_one_open_per_loan",
        "reschedules",
        ["loan_id"],
        unique=True,
        postgresql_where=sa.text("status = 'PROPOSED'"),
    )
    op.create_index("reschedules_of_loan_idx", "reschedules", ["loan_id", "proposed_at", "id"])


def _one_of(table: str, name: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{name} IN ({listed})", name=f"{table}_{name}_check")
