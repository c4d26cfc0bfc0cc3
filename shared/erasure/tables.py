"""What is still to be looked through for members who were erased."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, MetaData, Table, Text, Uuid, func, text

from shared.postgres.tables import NAMING

metadata = MetaData(naming_convention=NAMING)

# A member in a place where the past is kept, such as the outbox. `position` says how far it was looked through. What
# they were called is kept until that was done once; it is done a second time, by ids alone, for what came late.
erasure_sweeps = Table(
    "erasure_sweeps",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("words", ARRAY(Text), nullable=False, server_default="{}"),
    Column("position", ARRAY(BigInteger), nullable=False, server_default="{}"),
    Column("is_last", Boolean, nullable=False, server_default=text("false")),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

OUTBOX, DEFERRED, TRAIL, MAILS = "outbox", "deferred events", "audit trail", "mails"
OF_ALL = (OUTBOX, DEFERRED)
"""The places that every service has."""

# Who was erased before there were sweeps is looked for as well, by ids: what they were called is known no more.
_ERASED_BEFORE = text(
    """
    INSERT INTO erasure_sweeps (member_id, place, code)
    SELECT id, place, code FROM directory_member, unnest(CAST(:places AS text[])) AS place
     WHERE (first_name, last_name) = ('Erased', 'Erased') AND is_deleted
    ON CONFLICT DO NOTHING
    """
)


def create_tables(op: Any, *, also: tuple[str, ...] = ()) -> None:
    """The table as of its first version; a migration of every service calls it, with the places that it has beside
    those of all."""
    metadata.create_all(op.get_bind())
    op.get_bind().execute(_ERASED_BEFORE, {"places": [*OF_ALL, *also]})
