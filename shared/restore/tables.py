"""The table that every service has for restores: its share of one that is under way."""

from typing import Any

from sqlalchemy import Column, DateTime, MetaData, SmallInteger, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from shared.postgres.tables import NAMING

metadata = MetaData(naming_convention=NAMING)

Moment = DateTime(timezone=True)

# A step of a restore that this service is to take. `request` is what the event says that asked for it; `memory` is what
# a step leaves for a later one. Who has the lease may go on; one whose lease has run out is taken again.
restore_tasks = Table(
    "restore_tasks",
    metadata,
    Column("restore_id", Uuid, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("request", JSONB, nullable=False),
    Column("memory", JSONB),
    Column("lease", Uuid),
    Column("leased_until", Moment),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("done_at", Moment),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
)


def create_tables(op: Any) -> None:
    """The table as of its first version; a migration of every service calls it."""
    metadata.create_all(op.get_bind())
