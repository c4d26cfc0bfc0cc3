"""The tables of what fell due and came in on days that are over, by union and loan type."""

from sqlalchemy import ARRAY, BigInteger, Column, Date, Integer, Table, Uuid, text

from services.reporting.models.base import metadata, only_row

# Amounts are whole cents. `loan_type_id` and `union_id` are NOBODY where there is none. See `usecases.on_time`.
day_sums = Table(
    "day_sums",
    metadata,
    Column("day", Date, primary_key=True),
    Column("union_id", Uuid, primary_key=True),
    Column("loan_type_id", Uuid, primary_key=True),
    *(
        Column(name, BigInteger, nullable=False, server_default="0")
        for name in (
            "expected", "due", "on_time", "repaid", "recovered", "reversed", "penalty", "fee", "interest", "principal"
        )
    ),
    Column("payments", Integer, nullable=False, server_default="0"),
    Column("recoveries", Integer, nullable=False, server_default="0"),
)  # fmt: skip
# From which day on sums are to be made anew, and of which unions, all when they are null. Whatever is put among the
# notes of `on_time_notes` comes here as well: by a trigger, also while a backup is restored that has both, so that
# numbers would be given twice.
day_sums_notes = Table(
    "day_sums_notes",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("day", Date, nullable=False),
    Column("unions", ARRAY(Uuid)),
)
# One row once there are sums: the last day until which they are made.
day_sums_progress = Table(
    "day_sums_progress",
    metadata,
    *only_row(),
    Column("made_until", Date, nullable=False),
)
