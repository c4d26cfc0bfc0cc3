"""The tables of the portfolio as events report it, and of its running sums."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, Uuid

from services.reporting.models.base import Amount, Moment, Sum, metadata

# Loans as lending and payments report them. `version` is that of lending's newest fact, `account_version` that of
# payments'; 0 means that none has come yet, and without lending's the columns in between are empty.
portfolio_loans = Table(
    "portfolio_loans",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("union_id", Uuid),
    Column("status", Text),
    Column("principal", Amount),
    Column("interest", Amount),
    Column("created_at", Moment),
    Column("created_on", Date),
    Column("disbursed_on", Date),
    Column("account_version", Integer, nullable=False),
    Column("paid", Amount, nullable=False),
    Column("outstanding", Amount, nullable=False),
    Column("is_deleted", Boolean, nullable=False, default=False),
    # What a loan written by the release before lacks until its history has come again.
    Column("loan_number", Text),
    Column("member_id", Uuid),
    Column("loan_type_id", Uuid),
    Column("end_on", Date),
    Column("submitted_at", Moment),
    Column("approved_at", Moment),
    Column("closed_at", Moment),
    Column("fee_collected", Amount),
    Column("outstanding_principal", Amount),
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
    Column("amount", Amount, nullable=False),
    Column("paid_on", Date, nullable=False),
    # What one counted by the release before lacks until its history has come again. The parts are where the money was
    # first put, those of a reversal zero (see `reallocations`).
    Column("kind", Text),
    Column("account_version", Integer),
    Column("recorded_at", Moment),
    Column("recorded_on", Date),
    Column("penalty", Amount),
    Column("fee", Amount),
    Column("interest", Amount),
    Column("principal", Amount),
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
    Column("total", Sum, nullable=False),
)
# By what begins with the figure, those of a team are looked for among those of everybody.
Index("portfolio_sums_union_idx", portfolio_sums.c.union_id, portfolio_sums.c.figure, portfolio_sums.c.slot)
