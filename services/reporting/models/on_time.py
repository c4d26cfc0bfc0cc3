"""The tables of what was paid on time, by the day on which it fell due."""

from sqlalchemy import ARRAY, BigInteger, Column, Date, Identity, Table, Uuid

from services.reporting.models.base import Sum, metadata, only_row

# What first fell due on days that are over, and what of it was paid by its day. Sums are made by a timer; what is
# recorded later leaves a note of the day from which they are to be made anew, and of no more, so that nobody waits.
on_time_days = Table(
    "on_time_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("union_id", Uuid, primary_key=True),
    Column("due", Sum, nullable=False),
    Column("on_time", Sum, nullable=False),
)
on_time_notes = Table(
    "on_time_notes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("day", Date, nullable=False),
    Column("unions", ARRAY(Uuid)),
)
# One row once there are sums: the last day until which they are up to date.
on_time_progress = Table(
    "on_time_progress",
    metadata,
    *only_row(),
    Column("made_until", Date, nullable=False),
)
