"""Parts of backups that are to be written, and copies of files that backups have in common."""

from alembic import op

from shared.backup import tables
from shared.storage import unclaimed

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    tables.create_tables(op)
    unclaimed.create_table(op)
