"""The tables of collecting and of closing the day, beside those of `ledger.py` and in the same schema."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKeyConstraint, Index, Integer, Table, Text, Uuid

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
