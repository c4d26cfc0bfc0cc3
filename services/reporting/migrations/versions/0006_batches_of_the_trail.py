"""Entries are taken in by batches, which are linked into the chain a moment later."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Whoever appends holds this row, so nobody does until these tables are made.
    end = op.get_bind().execute(sa.text("SELECT sequence FROM audit_chain FOR UPDATE")).scalar_one()
    op.add_column("audit_entries", sa.Column("batch", sa.BigInteger, nullable=False, server_default="0"))
    op.drop_constraint("audit_entries_pkey", "audit_entries")
    op.create_primary_key("audit_entries_pkey", "audit_entries", ["batch", "sequence"])
    # What there is stays one stretch. A worker of the release before, which would add to it, has its events deferred
    # until it is replaced.
    chained = f"batch > 0 AND key_id IS NOT NULL OR batch = 0 AND sequence <= {end}"
    op.create_check_constraint("audit_entries_chained_check", "audit_entries", chained)
    op.alter_column("audit_entries", "batch", server_default=None)
    op.create_table(
        "audit_intake",
        sa.Column("batch", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("taken_in_at", MOMENT, nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "audit_links",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("batch_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.UniqueConstraint("batch", name="audit_links_batch_key"),
    )
