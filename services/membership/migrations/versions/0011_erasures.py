"""Members whose personal data was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("members", sa.Column("erased_at", _MOMENT))
    # Not tied to the table of members: that one may be replaced by an older state, in which somebody is again.
    op.create_table(
        "member_erasures",
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("erased_by", sa.Uuid, nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="member_erasures_pkey"),
    )


def downgrade() -> None:
    op.drop_table("member_erasures")
    op.drop_column("members", "erased_at")
