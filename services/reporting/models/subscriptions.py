"""The table of reports that people have sent now and then."""

from sqlalchemy import Column, Date, Index, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.reporting.models.base import Moment, metadata

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
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
Index("report_subscriptions_person_id_idx", report_subscriptions.c.person_id, report_subscriptions.c.created_at.desc())
