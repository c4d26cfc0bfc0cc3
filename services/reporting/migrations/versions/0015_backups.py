"""Backups: their records and parts, when they are made, the keys they open with; and our own share of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.backup import tables

revision = "0015"
down_revision = "0014"


MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    tables.create_tables(op)
    op.create_table(
        "backups",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("include_audit_logs", sa.Boolean, nullable=False),
        sa.Column("include_sessions", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid),
        sa.Column("finished_at", MOMENT),
        sa.Column("cut_at", MOMENT),
        sa.Column("error", sa.Text),
        sa.Column("size", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("record_counts", JSONB),
        sa.Column("public_keys", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("requests", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("lease", sa.Uuid),
        sa.Column("leased_until", MOMENT),
    )
    op.create_index("backups_newest_idx", "backups", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_index(
        "backups_unfinished_idx", "backups", ["created_at"], postgresql_where=sa.text("state = 'in_progress'")
    )
    _create_parts()
    _create_schedule()


def _create_parts() -> None:
    op.create_table(
        "backup_parts",
        sa.Column(
            "backup_id",
            sa.Uuid,
            sa.ForeignKey("backups.id", name="backup_parts_backup_id_fkey", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("rows", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("at", MOMENT),
        sa.Column("migration", sa.Text),
        sa.Column("outbox_seq", sa.BigInteger),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.Text),
        sa.Column("copies", JSONB),
        sa.Column("contents", JSONB),
    )
    op.create_table(
        "backup_leftovers",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
    )


def _create_schedule() -> None:
    op.create_table(
        "backup_schedule",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("retention_days", sa.Integer, nullable=False),
        sa.Column("include_audit_logs", sa.Boolean, nullable=False),
        sa.Column("include_sessions", sa.Boolean, nullable=False),
        sa.Column("last_backup_at", MOMENT),
        sa.Column("next_backup_at", MOMENT),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name="backup_schedule_single_check"),
    )
    op.create_table(
        "backup_keys",
        sa.Column("public_key", sa.Text, primary_key=True),
        sa.Column("sealed_private_key", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
    )
