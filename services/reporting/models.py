"""The tables of this schema: the audit trail and its chain, and the portfolio as events report it.

They are read and written in sets, never object by object, so they are plain tables.
"""

from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.postgres.tables import NAMING, RIGHTS

metadata = MetaData(naming_convention=NAMING)

_Amount, _Moment = Numeric(14, 2), DateTime(timezone=True)

_APPEND_ONLY = "SELECT, INSERT"

NOBODY = UUID(int=0)
"""Stands for the actor of what the system did by itself, where a key needs one."""

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
    Column("occurred_at", _Moment, nullable=False),
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

# Batches that no link puts into the chain yet: how many entries, and the hash of the last.
audit_intake = Table(
    "audit_intake",
    metadata,
    Column("batch", BigInteger, Identity(), primary_key=True),
    Column("entries", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("taken_in_at", _Moment, nullable=False, server_default=func.now()),
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
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("key_id", Text),
    # When and how far the end was last published, so that people are mailed now and then.
    Column("told_at", _Moment, key="published_at"),
    Column("told_sequence", BigInteger, key="published_sequence", nullable=False, server_default="0"),
    CheckConstraint("id = 1", name="single"),
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
    # What a loan written by the release before lacks until its history has come again.
    Column("loan_number", Text),
    Column("member_id", Uuid),
    Column("loan_type_id", Uuid),
    Column("end_on", Date),
    Column("submitted_at", _Moment),
    Column("approved_at", _Moment),
    Column("closed_at", _Moment),
    Column("fee_collected", _Amount),
    Column("outstanding_principal", _Amount),
    # The due day of the oldest instalment that is not paid in full; the days late of any day follow from it.
    Column("oldest_due_on", Date),
    # The newest value date of its facts: until then what stands here is not how it stands.
    Column("last_counts_from", Date),
)
Index("portfolio_loans_created_at_idx", portfolio_loans.c.created_at)
# None of what a repayment changes is in an index, so that it rewrites one row and no index.
Index("portfolio_loans_union_id_idx", portfolio_loans.c.union_id)
Index("portfolio_loans_disbursed_on_idx", portfolio_loans.c.disbursed_on)
Index("portfolio_loans_end_on_idx", portfolio_loans.c.end_on)
_WAITING = portfolio_loans.c.status.in_(("PENDING_APPROVAL", "APPROVED"))
Index("portfolio_loans_waiting_idx", portfolio_loans.c.status, postgresql_where=_WAITING)

# Repayments that were counted, and reversals with a negative amount. Their rows keep them from being counted again,
# whenever their events come again.
repayments = Table(
    "repayments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, nullable=False, index=True),
    Column("amount", _Amount, nullable=False),
    Column("paid_on", Date, nullable=False),
    # What one counted by the release before lacks until its history has come again. The parts are where the money was
    # first put, those of a reversal zero (see `reallocations`).
    Column("kind", Text),
    Column("account_version", Integer),
    Column("recorded_at", _Moment),
    Column("recorded_on", Date),
    Column("penalty", _Amount),
    Column("fee", _Amount),
    Column("interest", _Amount),
    Column("principal", _Amount),
    Column("reversal_of_id", Uuid),
    # The union that the loan was in when the money came.
    Column("union_id", Uuid),
)
Index("repayments_paid_on_idx", repayments.c.paid_on)

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

# Reports that were generated, as they were. `supervisor_id` is whose report it is, who may look at it and delete it.
report_sessions = Table(
    "report_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("supervisor_id", Uuid, nullable=False),
    Column("report_type", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("period_start", _Moment, nullable=False),
    Column("period_end", _Moment, nullable=False),
    Column("total_officers", Integer, nullable=False),
    Column("total_unions", Integer, nullable=False),
    Column("total_members", Integer, nullable=False),
    Column("total_loans", Integer, nullable=False),
    Column("active_loans", Integer, nullable=False),
    Column("completed_loans", Integer, nullable=False),
    Column("defaulted_loans", Integer, nullable=False),
    Column("total_disbursed", Numeric(18, 2), nullable=False),
    Column("total_repaid", Numeric(18, 2), nullable=False),
    Column("total_outstanding", Numeric(18, 2), nullable=False),
    Column("collection_rate", Numeric(5, 2), nullable=False),
    Column("report_data", JSONB, nullable=False),
    Column("generated_by", Uuid, nullable=False),
    Column("generated_at", _Moment, nullable=False),
)
Index("report_sessions_newest_idx", report_sessions.c.generated_at, report_sessions.c.id)
Index(
    "report_sessions_newest_of_supervisor_idx",
    report_sessions.c.supervisor_id,
    report_sessions.c.generated_at,
    report_sessions.c.id,
)
Index("report_sessions_newest_by_person_idx", report_sessions.c.generated_by, report_sessions.c.generated_at)

# How often and when staff signed in, as identity reports it.
staff_activity = Table(
    "staff_activity",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("login_count", Integer, nullable=False),
    Column("last_login_at", _Moment, nullable=False),
)

# Facts of loans: what happened, with the day from which it counts and the one on which it was recorded (see
# `domain.facts`). Rows are added by whatever brings them, in any order; from them follows how a loan stood on a day.
loan_states = Table(
    "loan_states",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("counts_from", Date, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("union_id", Uuid, nullable=False, index=True),
    Column("loan_type_id", Uuid),
    Column("principal", _Amount, nullable=False),
    Column("disbursed_on", Date),
    Column("is_deleted", Boolean, nullable=False),
)
loan_schedules = Table(
    "loan_schedules",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("counts_from", Date, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("is_reschedule", Boolean, nullable=False),
    Column("due_on", ARRAY(Date), nullable=False),
    Column("total_by", ARRAY(BigInteger), nullable=False),
    Column("principal_by", ARRAY(BigInteger), nullable=False),
)
Index("loan_schedules_reschedules_idx", loan_schedules.c.loan_id, postgresql_where=loan_schedules.c.is_reschedule)
loan_charges = Table(
    "loan_charges",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("amount", _Amount, nullable=False),
    Column("recorded_at", _Moment),
    Column("recorded_on", Date),
    Column("waived_on", Date),
)
reallocations = Table(
    "reallocations",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("account_version", Integer, primary_key=True),
    Column("recorded_on", Date, nullable=False),
    Column("repayment_ids", ARRAY(Uuid), nullable=False),
    Column("penalty", ARRAY(BigInteger), nullable=False),
    Column("fee", ARRAY(BigInteger), nullable=False),
    Column("interest", ARRAY(BigInteger), nullable=False),
    Column("principal", ARRAY(BigInteger), nullable=False),
)
Index("reallocations_recorded_on_idx", reallocations.c.recorded_on)
union_officers = Table(
    "union_officers",
    metadata,
    Column("union_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("counts_from", Date, nullable=False),
    Column("officer_id", Uuid, nullable=False, index=True),
)
loan_types = Table(
    "loan_types",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
# Of which loans something counts only from a day that was still to come when it was recorded: until then they do not
# stand as their rows in the portfolio say.
facts_ahead = Table(
    "facts_ahead",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("counts_from", Date, primary_key=True),
)
Index("facts_ahead_counts_from_idx", facts_ahead.c.counts_from)

# Positions at the ends of months, kept as they were known a day later, and the months that are kept.
frozen_days = Table(
    "frozen_days",
    metadata,
    Column("frozen_on", Date, primary_key=True),
    Column("recorded_until", Date, nullable=False),
    Column("frozen_at", _Moment, nullable=False),
    Column("loans", Integer, nullable=False),
)
frozen_positions = Table(
    "frozen_positions",
    metadata,
    Column("frozen_on", Date, primary_key=True),
    Column("loan_id", Uuid, primary_key=True),
    Column("union_id", Uuid, nullable=False),
    Column("officer_id", Uuid),
    Column("loan_type_id", Uuid),
    Column("disbursed_on", Date, nullable=False),
    Column("principal", _Amount, nullable=False),
    Column("days_late", Integer, nullable=False),
    Column("oldest_due_on", Date, nullable=False),
    Column("arrears", _Amount, nullable=False),
    Column("outstanding", _Amount, nullable=False),
    Column("outstanding_principal", _Amount, nullable=False),
    Column("is_rescheduled", Boolean, nullable=False),
)
Index("frozen_positions_officer_id_idx", frozen_positions.c.frozen_on, frozen_positions.c.officer_id)
# What frozen positions come to, so that a chart over months adds up few rows.
frozen_sums = Table(
    "frozen_sums",
    metadata,
    Column("frozen_on", Date, primary_key=True),
    Column("union_id", Uuid, primary_key=True),
    Column("loan_type_id", Uuid, primary_key=True),
    Column("officer_id", Uuid),
    Column("loans", Integer, nullable=False),
    Column("outstanding_principal", Numeric(18, 2), nullable=False),
    Column("at_risk_30", Numeric(18, 2), nullable=False),
)
# What first fell due on days that are over, and what of it was paid by its day. Sums are made by a timer; what is
# recorded later leaves a note of the day from which they are to be made anew, and of no more, so that nobody waits.
on_time_days = Table(
    "on_time_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("union_id", Uuid, primary_key=True),
    Column("due", Numeric(18, 2), nullable=False),
    Column("on_time", Numeric(18, 2), nullable=False),
)
on_time_notes = Table(
    "on_time_notes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("day", Date, nullable=False),
)
# One row once there are sums: the last day until which they are up to date.
on_time_progress = Table(
    "on_time_progress",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("made_until", Date, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

# One row: when the facts of the loans that were there before facts were kept had been filled in.
history = Table(
    "history",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("filled_at", _Moment),
    CheckConstraint("id = 1", name="single"),
)

# Work that is done aside. Who has the lease of one may go on with it; one whose lease has run out is taken again.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("person_id", Uuid),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("filters", JSONB, nullable=False),
    Column("created_at", _Moment, nullable=False),
    Column("started_at", _Moment),
    Column("finished_at", _Moment),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("lease", Uuid),
    Column("leased_until", _Moment),
    Column("progress", SmallInteger, nullable=False, server_default="0"),
    Column("rows", BigInteger),
    Column("file_key", Text),
    Column("file_name", Text),
    Column("size", BigInteger),
    Column("seen", ARRAY(Uuid)),
    Column("unions", ARRAY(Uuid)),
    Column("error", Text),
    Column("expires_at", _Moment),
    Column("findings", JSONB),
    Column("subscription_id", Uuid),
    Column("due_on", Date),
    UniqueConstraint("subscription_id", "due_on"),
)
_unfinished = jobs.c.state.in_(("PENDING", "RUNNING"))
Index("jobs_person_id_idx", jobs.c.person_id, jobs.c.created_at.desc(), jobs.c.id.desc())
Index("jobs_unfinished_idx", jobs.c.created_at, postgresql_where=_unfinished)
Index("jobs_verification_idx", jobs.c.kind, unique=True, postgresql_where=_unfinished & (jobs.c.kind == "VERIFICATION"))
Index("jobs_expires_at_idx", jobs.c.expires_at)

# Reports that people have sent now and then; `next_on` is when one is due next.
report_subscriptions = Table(
    "report_subscriptions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("filters", JSONB, nullable=False),
    Column("frequency", Text, nullable=False),
    Column("day", SmallInteger, nullable=False),
    Column("next_on", Date, nullable=False, index=True),
    Column("last_on", Date),
    Column("created_at", _Moment, nullable=False),
    Column("updated_at", _Moment, nullable=False),
)
Index("report_subscriptions_person_id_idx", report_subscriptions.c.person_id, report_subscriptions.c.created_at.desc())
