"""Lists that are made aside."""

from alembic import op

from shared.jobs import table

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    table.create_table(op)
