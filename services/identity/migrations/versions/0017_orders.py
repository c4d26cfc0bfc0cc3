"""Staff are listed by name, or by when they last signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_INDEXES = {
    "user_account_name_idx": ["search", "id"],
    "user_account_last_login_idx": [sa.text("last_login_at NULLS FIRST"), "id"],
}


def upgrade() -> None:
    # Nobody who writes is held up meanwhile; what an interrupted run left is no index.
    with op.get_context().autocommit_block():
        for name, columns in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.create_index(
                name,
                "user_account",
                columns,
                postgresql_where=sa.text("deleted_at IS NULL"),
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name)
