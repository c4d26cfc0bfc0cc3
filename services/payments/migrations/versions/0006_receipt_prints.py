"""How often the receipt of a repayment was printed, and the figures on it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_MONEY, _MOMENT = sa.Numeric(14, 2), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "receipt_prints",
        sa.Column("repayment_id", sa.Uuid, sa.ForeignKey("repayments.id", name="receipt_prints_repayment_id_fkey")),
        sa.Column("prints", sa.Integer, nullable=False),
        sa.Column("outstanding", _MONEY, nullable=False),
        sa.Column("parts", postgresql.JSONB, nullable=False),
        sa.Column("first_printed_at", _MOMENT, nullable=False),
        sa.Column("last_printed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("repayment_id", name="receipt_prints_pkey"),
        sa.CheckConstraint("prints > 0", name="receipt_prints_printed_check"),
    )


def downgrade() -> None:
    op.drop_table("receipt_prints")
