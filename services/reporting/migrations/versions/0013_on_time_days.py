"""Sums of what fell due on days that are over, and what of it was paid by its day."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    # Empty: a timer of the worker fills the sums of all past days.
    op.create_table(
        "on_time_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("union_id", sa.Uuid, primary_key=True),
        sa.Column("due", sa.Numeric(18, 2), nullable=False),
        sa.Column("on_time", sa.Numeric(18, 2), nullable=False),
    )
    op.create_table(
        "on_time_notes",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
    )
    op.create_table(
        "on_time_progress",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("made_until", sa.Date, nullable=False),
        sa.CheckConstraint("id = 1", name="on_time_progress_single_check"),
    )
