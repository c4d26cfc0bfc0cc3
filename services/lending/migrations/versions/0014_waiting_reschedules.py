"""Proposals to reschedule that wait for a decision are listed, who waits longest first."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_NAME = "reschedules_waiting_idx"


def upgrade() -> None:
    # Nobody who writes is held up meanwhile; what an interrupted run left is no index.
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}")
        waiting = sa.text("status = 'PROPOSED'")
        op.create_index(
            _NAME, "reschedules", ["proposed_at", "id"], postgresql_where=waiting, postgresql_concurrently=True
        )


def downgrade() -> None:
    op.drop_index(_NAME)
