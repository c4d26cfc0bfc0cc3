"""Events carry the epoch of their publisher, and those of earlier epochs are passed over."""

from alembic import op

from shared import epochs

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    epochs.create_tables(op)


def downgrade() -> None:
    op.drop_column("outbox", "epoch")
    epochs.epoch.drop(op.get_bind())
