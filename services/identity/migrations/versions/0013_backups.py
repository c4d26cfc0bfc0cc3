"""Parts of backups that are to be written, and copies of files that backups have in common."""

from alembic import op

from shared.backup import tables

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    tables.create_tables(op)
