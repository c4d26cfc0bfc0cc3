"""What a service holds is published anew in a new epoch, batch by batch."""

from alembic import op

from shared import restatement

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    restatement.create_tables(op)


def downgrade() -> None:
    restatement.restatement.drop(op.get_bind())
