"""Each service takes its share of a restore step by step."""

from alembic import op

from shared.restore import tables

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    tables.create_tables(op)


def downgrade() -> None:
    tables.restore_tasks.drop(op.get_bind())
