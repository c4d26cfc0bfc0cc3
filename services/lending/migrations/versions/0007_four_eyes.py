"""Who made a loan and who approved it, the people themselves; and the settings that say who may do both."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared import institution

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("loans", sa.Column("makers", JSONB, nullable=False, server_default="[]"))
    op.add_column("loans", sa.Column("approver_id", sa.Uuid))
    op.add_column("reschedules", sa.Column("proposer_id", sa.Uuid))
    institution.create_table(op)


def downgrade() -> None:
    institution.institution_settings.drop(op.get_bind())
    op.drop_column("reschedules", "proposer_id")
    op.drop_column("loans", "approver_id")
    op.drop_column("loans", "makers")
