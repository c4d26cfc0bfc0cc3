"""Each schedule of a loan with the day from which it counts, beside the present one.

What came before is filled in from what reporting knows (`deploy/database/fill_history.py`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_AMOUNTS = sa.ARRAY(sa.Numeric(14, 2))


def upgrade() -> None:
    op.create_table(
        "loan_schedules",
        sa.Column("loan_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("counts_from", sa.Date, nullable=False),
        sa.Column("sequence", sa.ARRAY(sa.Integer), nullable=False),
        sa.Column("due_on", sa.ARRAY(sa.Date), nullable=False),
        sa.Column("interest", _AMOUNTS, nullable=False),
        sa.Column("principal", _AMOUNTS, nullable=False),
        sa.PrimaryKeyConstraint("loan_id", "version", name="loan_schedules_pkey"),
    )
    op.create_index("loan_schedules_counts_from_idx", "loan_schedules", ["counts_from"])


def downgrade() -> None:
    op.drop_table("loan_schedules")
