"""Who was at a meeting, which sheets were handed in, and the index of what waits for somebody."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

_MONEY, _MOMENT = sa.Numeric(14, 2), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("union_id", sa.Uuid, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("noted_by", sa.Uuid, nullable=False),
        sa.Column("noted_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "day", name="attendance_pkey"),
    )
    op.create_index("attendance_of_union_idx", "attendance", ["union_id", "day"])
    op.create_table(
        "sheets_handed_in",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("union_id", sa.Uuid, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("handed_in_by", sa.Uuid, nullable=False),
        sa.Column("handed_in_at", _MOMENT, nullable=False),
        sa.Column("recorded", sa.Integer, nullable=False),
        sa.Column("amount", _MONEY, nullable=False),
        sa.Column("cash", _MONEY, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("absent", sa.Integer, nullable=False),
        sa.Column("cash_count", postgresql.JSONB),
        sa.PrimaryKeyConstraint("id", name="sheets_handed_in_pkey"),
    )
    op.create_index("sheets_handed_in_of_union_idx", "sheets_handed_in", ["union_id", "day"])
    op.create_index(
        "loan_accounts_waiting_idx",
        "loan_accounts",
        ["officer_id", "updated_at"],
        postgresql_where=sa.text("lending_status IN ('DRAFT', 'PENDING_APPROVAL', 'APPROVED', 'CANCELED')"),
    )


def downgrade() -> None:
    op.drop_index("loan_accounts_waiting_idx", "loan_accounts")
    op.drop_table("sheets_handed_in")
    op.drop_table("attendance")
