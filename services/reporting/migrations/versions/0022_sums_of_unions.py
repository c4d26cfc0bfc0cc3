"""The sums of some unions are found by the union."""

from alembic import op

revision = "0022"
down_revision = "0021"

_NAME = "portfolio_sums_union_id_idx"


def upgrade() -> None:
    # Nobody who writes is held up meanwhile; what an interrupted run left is no index.
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}")
        op.create_index(_NAME, "portfolio_sums", ["union_id"], postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index(_NAME)
