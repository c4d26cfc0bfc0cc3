"""The tables of the directory: staff, unions and members, kept from the events of their owners."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, DateTime, Index, Integer, MetaData, Table, Text, Uuid, delete
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

directory_staff = Table(
    "directory_staff",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("phone", Text),
    Column("address", Text),
    Column("role", Text, nullable=False),
    Column("supervisor_id", Uuid),
    Column("is_active", Boolean, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    # Who made the account, and who last gave it a password or address that its owner had not chosen, and when.
    Column("created_by", Uuid),
    Column("password_set_by", Uuid),
    Column("password_set_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
)
Index("directory_staff_supervisor_id_idx", directory_staff.c.supervisor_id)

directory_union = Table(
    "directory_union",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("location", Text),
    Column("address", Text),
    Column("officer_id", Uuid, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
)
Index("directory_union_officer_id_idx", directory_union.c.officer_id)

directory_member = Table(
    "directory_member",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("union_id", Uuid, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("details", JSONB, nullable=False),
    Column("search", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
Index("directory_member_union_id_idx", directory_member.c.union_id)
Index(
    "directory_member_search_idx",
    directory_member.c.search,
    postgresql_using="gin",
    postgresql_ops={"search": "gin_trgm_ops"},
)

revoked_session = Table(
    "revoked_session",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)


def add_origin_of_accounts(op: Any) -> None:
    """Who made an account and set its password; a migration of every service calls it. In a new database the columns
    came with the table."""
    for column in ("created_by uuid", "password_set_by uuid", "password_set_at timestamp with time zone"):
        op.execute(f"ALTER TABLE directory_staff ADD COLUMN IF NOT EXISTS {column}")


def forget_revoked_sessions(connection: Connection, *, before: datetime) -> None:
    """Remove the sessions whose tokens expired before then: nobody asks any more whether they were revoked."""
    connection.execute(delete(revoked_session).where(revoked_session.c.expires_at < before))
