"""Tables are emptied at once when a backup is put back."""

from alembic import op

from shared.restore import tables as restores

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    restores.create_emptying(op)


def downgrade() -> None:
    restores.drop_emptying(op)
