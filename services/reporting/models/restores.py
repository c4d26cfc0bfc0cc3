"""The tables of restores: what is restored from where, and which steps services have taken."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.reporting.models.base import Moment, metadata

# `parts` say where the part of each service is, empty where everything is emptied; `sealed_keys` open them, encrypted,
# and go when it is over. `cut_at` is the moment of what is restored.
restores = Table(
    "restores",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("backup_id", Uuid),
    Column("cut_at", Moment),
    Column("parts", JSONB, nullable=False),
    Column("sealed_keys", Text, nullable=False),
    Column("is_rehearsed", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Uuid),
    Column("email", Text),
    Column("step_asked_at", Moment, nullable=False),
    Column("safety_backup_id", Uuid),
    Column("finished_at", Moment),
    Column("error", Text),
)
Index("restores_newest_idx", restores.c.created_at.desc(), restores.c.id.desc())
# One at a time, whoever asks.
Index(
    "restores_unfinished_key",
    restores.c.finished_at.is_(None),
    unique=True,
    postgresql_where=restores.c.finished_at.is_(None),
)

# A step that a service has taken, or cannot take for the `reason`.
restore_steps = Table(
    "restore_steps",
    metadata,
    Column("restore_id", Uuid, ForeignKey("restores.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Text, primary_key=True),
    Column("service", Text, primary_key=True),
    Column("rows", BigInteger, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("at", Moment, nullable=False),
)

TABLES = (restores, restore_steps)
