"""Unions are listed by name."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_NAME = "unions_name_idx"


def upgrade() -> None:
    # Nobody who writes is held up meanwhile; what an interrupted run left is no index.
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}")
        is_live = sa.text("deleted_at IS NULL")
        op.create_index(_NAME, "unions", ["search", "id"], postgresql_where=is_live, postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index(_NAME)
