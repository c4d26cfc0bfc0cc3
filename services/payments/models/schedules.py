"""The table of schedules, past and present."""

from sqlalchemy import ARRAY, Column, Date, Index, Integer, Table, Uuid

from services.payments.models.ledger import Money, metadata

# Each schedule that lending published of a loan, with the day from which it counts: rows are inserted once, in whatever
# order they come, and never changed. A place in the lists is an instalment. The present schedule, of which a row is
# missing here when the release before received it, stands in `instalments` with what is paid on it.
loan_schedules = Table(
    "loan_schedules",
    metadata,
    Column("loan_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("counts_from", Date, nullable=False),
    Column("sequence", ARRAY(Integer), nullable=False),
    Column("due_on", ARRAY(Date), nullable=False),
    Column("interest", ARRAY(Money), nullable=False),
    Column("principal", ARRAY(Money), nullable=False),
)
Index("loan_schedules_counts_from_idx", loan_schedules.c.counts_from)
