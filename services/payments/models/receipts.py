"""The table of printed receipts."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.payments.models.ledger import Moment, Money, metadata

# The figures of the first print, so that every later one says the same, whatever became of the loan since: amounts as
# text, by part. `prints` counts all, the first included.
receipt_prints = Table(
    "receipt_prints",
    metadata,
    Column("repayment_id", Uuid, ForeignKey("repayments.id"), primary_key=True),
    Column("prints", Integer, nullable=False),
    Column("outstanding", Money, nullable=False),
    Column("parts", JSONB, nullable=False),
    Column("first_printed_at", Moment, nullable=False),
    Column("last_printed_at", Moment, nullable=False),
    CheckConstraint("prints > 0", name="printed"),
)
