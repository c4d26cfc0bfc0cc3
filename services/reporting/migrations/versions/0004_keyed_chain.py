"""Entries say under which key they are, and the chain when its end was last told of."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("audit_entries", sa.Column("key_id", sa.Text))
    # Those of the first release are under none, and from here on nobody adds another.
    end = op.get_bind().execute(sa.text("SELECT sequence FROM audit_chain FOR UPDATE")).scalar_one()
    keyed = f"key_id IS NOT NULL OR sequence <= {end}"
    op.create_check_constraint("audit_entries_keyed_check", "audit_entries", keyed)
    op.add_column("audit_chain", sa.Column("key_id", sa.Text))
    op.add_column("audit_chain", sa.Column("told_at", sa.DateTime(timezone=True)))
    op.add_column("audit_chain", sa.Column("told_sequence", sa.BigInteger, nullable=False, server_default="0"))
