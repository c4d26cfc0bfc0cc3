"""The tables of backups: their records and parts, when they are made, and the keys they open with."""

from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.reporting.models.base import Moment, metadata, only_row

# A backup, while it is made and afterwards. Who has the lease of one that is made goes on with it; `attempt` counts the
# cuts that were tried, `requests` the events that asked for parts.
backups = Table(
    "backups",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("include_audit_logs", Boolean, nullable=False),
    Column("include_sessions", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Uuid),
    Column("finished_at", Moment),
    Column("cut_at", Moment),
    Column("error", Text),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("record_counts", JSONB),
    Column("public_keys", ARRAY(Text), nullable=False, server_default="{}"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("requests", Integer, nullable=False, server_default="0"),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("lease", Uuid),
    Column("leased_until", Moment),
)
Index("backups_newest_idx", backups.c.created_at.desc(), backups.c.id.desc())
Index("backups_unfinished_idx", backups.c.created_at, postgresql_where=backups.c.state == "in_progress")

# What a service gives to a backup; what it wrote stands in the columns that are null until then. `seen_at` is its last
# sign of life.
backup_parts = Table(
    "backup_parts",
    metadata,
    Column("backup_id", Uuid, ForeignKey("backups.id", ondelete="CASCADE"), primary_key=True),
    Column("service", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("seen_at", Moment, nullable=False, server_default=func.now()),
    Column("rows", BigInteger, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("at", Moment),
    Column("migration", Text),
    Column("outbox_seq", BigInteger),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("copies", JSONB),
    Column("contents", JSONB),
)

# Bytes of parts that no backup has any more.
backup_leftovers = Table(
    "backup_leftovers",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("service", Text, nullable=False),
    Column("key", Text, nullable=False),
)

# When backups are made by themselves, in one row.
backup_schedule = Table(
    "backup_schedule",
    metadata,
    *only_row(),
    Column("frequency", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("retention_days", Integer, nullable=False),
    Column("include_audit_logs", Boolean, nullable=False),
    Column("include_sessions", Boolean, nullable=False),
    Column("last_backup_at", Moment),
    Column("next_backup_at", Moment),
    Column("updated_at", Moment, nullable=False),
)

# Pairs that the platform made itself; the private half is sealed by a secret that the database does not have.
backup_keys = Table(
    "backup_keys",
    metadata,
    Column("public_key", Text, primary_key=True),
    Column("sealed_private_key", Text, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
)

SCHEDULE_ID = UUID("0199b3a1-5c00-7000-8000-0000000000e2")
"""Stands for the one schedule there is."""

TABLES = (backups, backup_parts, backup_leftovers, backup_schedule, backup_keys)
