"""The tables that every service has for backups: its share of one that is being made, and its copies of files."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.postgres.tables import NAMING

metadata = MetaData(naming_convention=NAMING)

Moment = DateTime(timezone=True)

# A part that is to be written. `request` is what the event says that asked for it. Who has the lease may go on; one
# whose lease has run out is taken again.
backup_tasks = Table(
    "backup_tasks",
    metadata,
    Column("backup_id", Uuid, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("request", JSONB, nullable=False),
    Column("lease", Uuid),
    Column("leased_until", Moment),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
)

# Copies of stored files that backups have in common: of each file one at a place, and of equal files the same one.
# `sealed_to` are the public keys it can be opened with; `last_in_at` is the cut of the newest backup it is in.
backup_files = Table(
    "backup_files",
    metadata,
    Column("key", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("copy_key", Text, nullable=False),
    Column("sealed_to", Text, nullable=False),
    Column("last_in_at", Moment, nullable=False),
)
Index("backup_files_content_idx", backup_files.c.sha256, backup_files.c.place)


def create_tables(op: Any) -> None:
    """The tables as of their first version; a migration of every service calls it."""
    metadata.create_all(op.get_bind())
