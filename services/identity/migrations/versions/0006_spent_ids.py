"""What came from a gateway and must not count a second time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "spent_id",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="spent_id_pkey"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("spent_id_spent_at_idx", "spent_id", ["spent_at"])


def downgrade() -> None:
    op.drop_table("spent_id")
