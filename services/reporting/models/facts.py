"""The tables of the facts of loans, and of what facts are read with."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, Uuid

from services.reporting.models.base import Amount, Moment, metadata, only_row

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
    Column("principal", Amount, nullable=False),
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
    Column("amount", Amount, nullable=False),
    Column("recorded_at", Moment),
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

# One row: when the facts of the loans that were there before facts were kept had been filled in.
history = Table(
    "history",
    metadata,
    *only_row(),
    Column("filled_at", Moment),
)
