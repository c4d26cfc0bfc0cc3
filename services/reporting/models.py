"""The tables of this schema: the audit trail and its chain, and the portfolio as events report it.

They are read and written in sets, never object by object, so they are plain tables.
"""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from shared.postgres.tables import NAMING, RIGHTS

metadata = MetaData(naming_convention=NAMING)

_Amount, _Moment = Numeric(14, 2), DateTime(timezone=True)

NOBODY = UUID(int=0)
"""Stands for the actor of what the system did by itself, where a key needs one."""

# The audit trail. Rows are written once: the running role may insert and read, but not change or remove them.
# `before`, `after` and `metadata` are text and not JSON columns, because the hash covers them to the byte.
audit_entries = Table(
    "audit_entries",
    metadata,
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
    Column("occurred_at", _Moment, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # Entries of the first release are under no key; the database takes no other such.
    Column("key_id", Text),
    info={RIGHTS: "SELECT, INSERT"},
)
_newest = (audit_entries.c.occurred_at.desc(), audit_entries.c.id.desc())
Index("audit_entries_newest_idx", *_newest)
Index("audit_entries_actor_id_idx", audit_entries.c.actor_id, *_newest)
Index("audit_entries_action_idx", audit_entries.c.action, *_newest)
Index("audit_entries_entity_name_idx", audit_entries.c.entity_name, *_newest)
Index("audit_entries_entity_id_idx", audit_entries.c.entity_id, *_newest)

# The end of the chain, in one row, which is also the lock of this service (see `queries.lock`).
audit_chain = Table(
    "audit_chain",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("key_id", Text),
    # When and how far the end was last published, so that people are mailed now and then.
    Column("told_at", _Moment, key="published_at"),
    Column("told_sequence", BigInteger, key="published_sequence", nullable=False, server_default="0"),
    CheckConstraint("id = 1", name="single"),
)

# How many entries an actor left of a kind, so that counting them costs the same for a short trail and a long one.
audit_counts = Table(
    "audit_counts",
    metadata,
    Column("actor_id", Uuid, primary_key=True),
    Column("entity_name", Text, primary_key=True),
    Column("action", Text, primary_key=True),
    Column("entries", BigInteger, nullable=False),
)

# Loans as lending and payments report them. `version` is that of lending's newest fact, `account_version` that of
# payments'; 0 means that none has come yet, and without lending's the columns in between are empty.
portfolio_loans = Table(
    "portfolio_loans",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("union_id", Uuid),
    Column("status", Text),
    Column("principal", _Amount),
    Column("interest", _Amount),
    Column("created_at", _Moment),
    Column("created_on", Date),
    Column("disbursed_on", Date),
    Column("account_version", Integer, nullable=False),
    Column("paid", _Amount, nullable=False),
    Column("outstanding", _Amount, nullable=False),
    Column("is_deleted", Boolean, nullable=False, default=False),
)
Index("portfolio_loans_created_at_idx", portfolio_loans.c.created_at)

# Repayments that were counted, and reversals with a negative amount. Their rows keep them from being counted again,
# whenever their events come again.
repayments = Table(
    "repayments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, nullable=False, index=True),
    Column("amount", _Amount, nullable=False),
    Column("paid_on", Date, nullable=False),
)

# Members as membership reports them, without anything personal.
portfolio_members = Table(
    "portfolio_members",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("union_id", Uuid, nullable=False),
    Column("is_verified", Boolean, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("created_on", Date, nullable=False),
)

# Running sums over the loans and members of a union (see `domain.sums`).
portfolio_sums = Table(
    "portfolio_sums",
    metadata,
    Column("figure", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("union_id", Uuid, primary_key=True),
    Column("total", Numeric(18, 2), nullable=False),
)

# How often and when staff signed in, as identity reports it.
staff_activity = Table(
    "staff_activity",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("login_count", Integer, nullable=False),
    Column("last_login_at", _Moment, nullable=False),
)
