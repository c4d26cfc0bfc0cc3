"""The tables of collecting and of closing the day, beside those of `ledger.py` and in the same schema."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKeyConstraint, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.payments.models.ledger import Moment, Money, charges, loan_accounts, metadata

Index("loan_accounts_officer_idx", loan_accounts.c.officer_id)
Index("charges_due_idx", charges.c.due_on)

# Which line of a sheet an officer's key stands for. The row is written before its repayment, so it cannot refer to it.
collection_lines = Table(
    "collection_lines",
    metadata,
    Column("received_by", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("loan_id", Uuid, nullable=False),
    Column("amount", Money, nullable=False),
    Column("repayment_id", Uuid, nullable=False),
    Column("created_at", Moment, nullable=False),
)

# Who was at a meeting and who paid, as the sheets of the day say: one row for a member and a day.
attendance = Table(
    "attendance",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("union_id", Uuid, nullable=False),
    Column("mark", Text, nullable=False),
    Column("noted_by", Uuid, nullable=False),
    Column("noted_at", Moment, nullable=False),
)
Index("attendance_of_union_idx", attendance.c.union_id, attendance.c.day)

# A sheet that brought something new; one sent again that brings nothing leaves no row. The figures are of this sheet
# alone: what was recorded by it now, and `cash` what of that was paid in cash. `cash_count` are notes and coins.
sheets_handed_in = Table(
    "sheets_handed_in",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("union_id", Uuid, nullable=False),
    Column("day", Date, nullable=False),
    Column("handed_in_by", Uuid, nullable=False),
    Column("handed_in_at", Moment, nullable=False),
    Column("recorded", Integer, nullable=False),
    Column("amount", Money, nullable=False),
    Column("cash", Money, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("absent", Integer, nullable=False),
    Column("cash_count", JSONB(none_as_null=True)),
)
Index("sheets_handed_in_of_union_idx", sheets_handed_in.c.union_id, sheets_handed_in.c.day)

# Loans that may wait for somebody. Written out, because the planner only takes the index for a query that says so.
may_wait = text("lending_status IN ('DRAFT', 'PENDING_APPROVAL', 'APPROVED', 'CANCELED')")
Index("loan_accounts_waiting_idx", loan_accounts.c.officer_id, loan_accounts.c.updated_at, postgresql_where=may_wait)

# `closed_at` is set when every part is done; its parts are then forgotten.
closed_days = Table(
    "closed_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("closed_at", Moment),
)

# A part is the loans from `first_loan_id` to before `end_loan_id`; the last part has no end. Ids grow with time, so a
# part lies together on disk and needs no index of its own.
closing_parts = Table(
    "closing_parts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("first_loan_id", Uuid, nullable=False),
    Column("end_loan_id", Uuid),
    Column("worker_id", Uuid),
    Column("leased_until", Moment),
    Column("done_at", Moment),
    ForeignKeyConstraint(["day"], ["closed_days.day"]),
)

arrears_of_day = Table(
    "arrears_of_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("loan_id", Uuid, primary_key=True),
    Column("officer_id", Uuid, nullable=False),
    Column("days_in_arrears", Integer, nullable=False),
    Column("arrears", Money, nullable=False),
    Column("outstanding", Money, nullable=False),
    Column("outstanding_principal", Money, nullable=False),
    CheckConstraint("days_in_arrears > 0 AND arrears > 0", name="late"),
)

# `officer_id` is the officer who had the loans when the day was closed.
portfolio_of_day = Table(
    "portfolio_of_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("officer_id", Uuid, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("loans", Integer, nullable=False),
    Column("outstanding_principal", Money, nullable=False),
    Column("outstanding", Money, nullable=False),
    Column("arrears", Money, nullable=False),
)
