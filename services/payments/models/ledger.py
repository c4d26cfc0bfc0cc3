"""The tables of payments: the account of each loan, its schedule, its repayments and charges, and where the money went.

Facts and what is derived from them are kept apart. Repayments, reversals, charges and waivers are facts: their rows are
inserted once and never changed or deleted. Allocations, and what is asked for and paid on an instalment, are derived
and can be made again from the facts and lending's schedule at any time. `officer_id` is neither: it repeats the officer
of the loan's union, so that an index can lead an officer to their own rows, and moves with the union.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.postgres.tables import NAMING

metadata = MetaData(naming_convention=NAMING)

Money = Numeric(14, 2)
Moment = DateTime(timezone=True)

loan_types = Table(
    "loan_types",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("min_amount", Money, nullable=False),
    Column("max_amount", Money, nullable=False),
    Column("term_unit", Text, nullable=False),
    Column("min_term", Integer, nullable=False),
    Column("max_term", Integer, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
)

# What the columns mean says `domain.account.Account`. `facts` repeats what lending published as JSON for the release
# before this one: a trigger keeps it in step with the columns, nothing here reads it, and a later release drops both.
loan_accounts = Table(
    "loan_accounts",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("loan_number", Text, nullable=False),
    Column("member_id", Uuid, nullable=False),
    Column("union_id", Uuid, nullable=False),
    Column("officer_id", Uuid, nullable=False),
    Column("loan_type_id", Uuid),
    Column("created_by", Uuid, nullable=False),
    Column("principal", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("disbursed_at", Moment),
    Column("closed_at", Moment),
    Column("lending_status", Text, nullable=False),
    Column("term_count", Integer, nullable=False),
    Column("term_unit", Text, nullable=False),
    Column("start_on", Date, nullable=False),
    Column("end_on", Date),
    Column("annual_rate", Numeric(9, 6), nullable=False),
    Column("processing_fee", Money, nullable=False),
    Column("processing_fee_collected", Boolean, nullable=False),
    Column("penalty_per_day", Money, nullable=False),
    Column("interest_method", Text, nullable=False),
    Column("rounding", Text, nullable=False),
    Column("rebates_unearned_interest", Boolean, nullable=False),
    Column("base_on", Date),
    Column("disbursed_on", Date),
    Column("submitted_at", Moment),
    Column("approved_at", Moment),
    Column("approved_by", Uuid),
    Column("disbursement_method", Text),
    Column("disbursement_reference", Text),
    Column("notes", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("facts_version", Integer, nullable=False),
    Column("schedule_version", Integer, nullable=False, default=0),
    Column("version", Integer, nullable=False, default=0),
    Column("paid", Money, nullable=False, default=0),
    Column("outstanding", Money, nullable=False, default=0),
    Column("outstanding_principal", Money, nullable=False, default=0),
    Column("last_paid_on", Date),
    Column("daily_penalty", Money, nullable=False, default=0),
    Column("penalty_grace_days", Integer, nullable=False, default=0),
    Column("is_deleted", Boolean, nullable=False, default=False),
    CheckConstraint("paid >= 0 AND outstanding >= 0 AND outstanding_principal >= 0", name="amounts"),
)
Index(
    "loan_accounts_number_idx",
    func.lower(loan_accounts.c.loan_number).label("number"),
    postgresql_using="gin",
    postgresql_ops={"number": "gin_trgm_ops"},
)
Index("loan_accounts_member_idx", loan_accounts.c.member_id)
Index("loan_accounts_union_idx", loan_accounts.c.union_id)

# `is_listed`: the loan is in a status whose schedule is shown in lists; a written-off one leaves them.
# `is_charge_line`: not lending's, but the line of the charges dated after the last due date. `interest_rebated` is what
# of the schedule's interest was given up when the loan was settled early; `interest` is without it.
instalments = Table(
    "instalments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loan_accounts.loan_id"), nullable=False),
    Column("officer_id", Uuid, nullable=False),
    Column("is_listed", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("penalty", Money, nullable=False, default=0),
    Column("fee", Money, nullable=False, default=0),
    Column("interest", Money, nullable=False),
    Column("interest_rebated", Money, nullable=False, default=0),
    Column("is_charge_line", Boolean, nullable=False, default=False),
    Column("principal", Money, nullable=False),
    Column("total", Money, Computed("penalty + fee + interest + principal", persisted=True), nullable=False),
    Column("penalty_paid", Money, nullable=False, default=0),
    Column("fee_paid", Money, nullable=False, default=0),
    Column("interest_paid", Money, nullable=False, default=0),
    Column("principal_paid", Money, nullable=False, default=0),
    Column(
        "paid",
        Money,
        Computed("penalty_paid + fee_paid + interest_paid + principal_paid", persisted=True),
        nullable=False,
    ),
    Column("status", Text, nullable=False),
    Column("closed_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    CheckConstraint(
        "penalty_paid BETWEEN 0 AND penalty AND fee_paid BETWEEN 0 AND fee "
        "AND interest_paid BETWEEN 0 AND interest AND principal_paid BETWEEN 0 AND principal",
        name="not_over_allocated",
    ),
    CheckConstraint("(closed_at IS NULL) = (status <> 'PAID')", name="closed_when_paid"),
)
Index("instalments_of_loan_idx", instalments.c.loan_id, instalments.c.sequence, unique=True)

# Open and paid are distinguished by `closed_at`, not by `status`: a part payment then changes no indexed column.
_oldest = (instalments.c.due_on, instalments.c.sequence, instalments.c.id)
is_open = instalments.c.is_listed & instalments.c.closed_at.is_(None)
is_paid = instalments.c.is_listed & instalments.c.closed_at.is_not(None)
Index("instalments_open_idx", *_oldest, postgresql_where=is_open)
Index("instalments_open_of_officer_idx", instalments.c.officer_id, *_oldest, postgresql_where=is_open)
Index("instalments_paid_idx", *_oldest, postgresql_where=is_paid)
Index("instalments_paid_of_officer_idx", instalments.c.officer_id, *_oldest, postgresql_where=is_paid)

# `paid_on` is the value date, `business_date` the institution's day of recording, `account_version` the version this
# repayment gave the account: it grows under the account's lock, so it is the order of arrival. A reversal is a row of
# its own, with the negative of the amount it takes back; the row of the repayment stays untouched.
repayments = Table(
    "repayments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loan_accounts.loan_id"), nullable=False),
    Column("officer_id", Uuid, nullable=False),
    Column("amount", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("paid_at", Moment, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("reference", Text),
    Column("notes", Text),
    Column("received_by", Uuid, nullable=False),
    Column("meant_for_instalment_id", Uuid),
    Column("account_version", Integer, nullable=False),
    Column("kind", Text, nullable=False, default="REPAYMENT"),
    Column("reversal_of_id", Uuid, ForeignKey("repayments.id")),
    CheckConstraint("amount <> 0 AND (amount < 0) = (reversal_of_id IS NOT NULL)", name="amount"),
)
Index(
    "repayments_reversal_of_id_key",
    repayments.c.reversal_of_id,
    unique=True,
    postgresql_where=repayments.c.reversal_of_id.is_not(None),
)
_newest = (repayments.c.paid_at, repayments.c.id)
Index("repayments_newest_idx", *_newest)
Index("repayments_newest_of_officer_idx", repayments.c.officer_id, *_newest)
Index("repayments_newest_of_loan_idx", repayments.c.loan_id, *_newest)
# Found by its beginning: an index on every run of three letters would cost each payment more than it is worth.
Index(
    "repayments_reference_idx",
    func.lower(repayments.c.reference).label("reference"),
    postgresql_ops={"reference": "text_pattern_ops"},
    postgresql_where=repayments.c.reference.is_not(None),
)

allocations = Table(
    "allocations",
    metadata,
    Column("repayment_id", Uuid, ForeignKey("repayments.id"), primary_key=True),
    Column("instalment_id", Uuid, ForeignKey("instalments.id"), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("penalty", Money, nullable=False),
    Column("fee", Money, nullable=False),
    Column("interest", Money, nullable=False),
    Column("principal", Money, nullable=False),
    Column("amount", Money, Computed("penalty + fee + interest + principal", persisted=True), nullable=False),
    Column("created_at", Moment, nullable=False),
)
Index("allocations_of_instalment_idx", allocations.c.instalment_id)

# What is owed beyond the schedule, and interest given up: facts, never changed or deleted. `due_on` is the value date.
# `late_instalment_id` is set on penalties that accrued by themselves, one for a loan and day at most; `repayment_id` on
# a rebate, which lives and falls with the repayment that settled the loan.
charges = Table(
    "charges",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loan_id", Uuid, ForeignKey("loan_accounts.loan_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("amount", Money, nullable=False),
    Column("note", Text),
    Column("recorded_by", Uuid),
    Column("recorded_at", Moment, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("account_version", Integer, nullable=False),
    Column("late_instalment_id", Uuid),
    Column("repayment_id", Uuid, ForeignKey("repayments.id")),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("(kind = 'INTEREST_REBATE') = (repayment_id IS NOT NULL)", name="rebate"),
)
Index("charges_of_loan_idx", charges.c.loan_id, charges.c.due_on, charges.c.id)
Index(
    "charges_accrued_key",
    charges.c.loan_id,
    charges.c.due_on,
    unique=True,
    postgresql_where=charges.c.late_instalment_id.is_not(None),
)

# A charge given up, as a fact beside the charge.
waivers = Table(
    "waivers",
    metadata,
    Column("charge_id", Uuid, ForeignKey("charges.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("waived_by", Uuid, nullable=False),
    Column("waived_at", Moment, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("account_version", Integer, nullable=False),
)
