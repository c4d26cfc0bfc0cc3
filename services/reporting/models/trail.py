"""The tables of the audit trail and its chain."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, Table, Text, Uuid, func

from services.reporting.models.base import Moment, metadata, only_row
from shared.postgres.tables import RIGHTS

_APPEND_ONLY = "SELECT, INSERT"

# The audit trail. Rows are written once: the running role may insert and read, but not change or remove them.
# `before`, `after` and `metadata` are text and not JSON columns, because the hash covers them to the byte.
# `sequence` counts within the batch. Batch 0 is the stretch from before there were batches, and takes no more.
audit_entries = Table(
    "audit_entries",
    metadata,
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False, unique=True),
    Column("actor_id", Uuid),
    Column("actor_email", Text),
    Column("actor_role", Text),
    Column("action", Text, nullable=False),
    Column("entity_name", Text, nullable=False),
    # Searched by how it begins, for which the index must be in the order of the characters.
    Column("entity_id", Text(collation="C"), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("metadata", Text),
    Column("ip_address", Text),
    Column("user_agent", Text),
    Column("occurred_at", Moment, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # Entries of the first release are under no key; the database takes no other such.
    Column("key_id", Text),
    info={RIGHTS: _APPEND_ONLY},
)
_newest = (audit_entries.c.occurred_at.desc(), audit_entries.c.id.desc())
Index("audit_entries_newest_idx", *_newest)
Index("audit_entries_actor_id_idx", audit_entries.c.actor_id, *_newest)
Index("audit_entries_action_idx", audit_entries.c.action, *_newest)
Index("audit_entries_entity_name_idx", audit_entries.c.entity_name, *_newest)
Index("audit_entries_entity_id_idx", audit_entries.c.entity_id, *_newest)

# Of which entries text was taken out, because a member was erased. Only the function `redact_entry` of the owner writes
# it, which makes sure that text is taken out and none put in.
audit_redactions = Table(
    "audit_redactions",
    metadata,
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", Uuid, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("redacted_at", Moment, nullable=False, server_default=func.now()),
    info={RIGHTS: "SELECT"},
)

# Batches that no link puts into the chain yet: how many entries, and the hash of the last.
audit_intake = Table(
    "audit_intake",
    metadata,
    Column("batch", BigInteger, Identity(), primary_key=True),
    Column("entries", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("taken_in_at", Moment, nullable=False, server_default=func.now()),
)

# The chain of the batches. `sequence` is the number of the last entry of the batch in the whole trail.
audit_links = Table(
    "audit_links",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("batch", BigInteger, nullable=False, unique=True),
    Column("entries", Integer, nullable=False),
    Column("batch_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    info={RIGHTS: _APPEND_ONLY},
)

# The end of the chain, in one row, which whoever links batches keeps locked (see `queries.lock`).
audit_chain = Table(
    "audit_chain",
    metadata,
    *only_row(),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("key_id", Text),
    # When and how far the end was last published, so that people are mailed now and then.
    Column("told_at", Moment, key="published_at"),
    Column("told_sequence", BigInteger, key="published_sequence", nullable=False, server_default="0"),
)

# How many entries an actor left of a kind, so that counting them costs the same for a short trail and a long one. Those
# of batches without a link are not in it yet.
audit_counts = Table(
    "audit_counts",
    metadata,
    Column("actor_id", Uuid, primary_key=True),
    Column("entity_name", Text, primary_key=True),
    Column("action", Text, primary_key=True),
    Column("entries", BigInteger, nullable=False),
)
