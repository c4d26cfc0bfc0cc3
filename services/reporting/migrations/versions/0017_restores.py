"""Restores, and what services say of their steps of one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.restore import tables

revision = "0017"
down_revision = "0016"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    tables.create_tables(op)
    op.create_table(
        "restores",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("backup_id", sa.Uuid),
        sa.Column("cut_at", _MOMENT),
        sa.Column("parts", postgresql.JSONB, nullable=False),
        sa.Column("sealed_keys", sa.Text, nullable=False),
        sa.Column("is_rehearsed", sa.Boolean, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid),
        sa.Column("email", sa.Text),
        sa.Column("step_asked_at", _MOMENT, nullable=False),
        sa.Column("safety_backup_id", sa.Uuid),
        sa.Column("finished_at", _MOMENT),
        sa.Column("error", sa.Text),
    )
    op.create_index("restores_newest_idx", "restores", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.execute(
        "CREATE UNIQUE INDEX restores_unfinished_key ON restores ((finished_at IS NULL)) WHERE finished_at IS NULL"
    )
    op.create_table(
        "restore_steps",
        sa.Column(
            "restore_id",
            sa.Uuid,
            sa.ForeignKey("restores.id", name="restore_steps_restore_id_fkey", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("restore_id", "step", "service", name="restore_steps_pkey"),
    )


def downgrade() -> None:
    op.drop_table("restore_steps")
    op.drop_table("restores")
    tables.restore_tasks.drop(op.get_bind())
