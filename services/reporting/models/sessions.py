"""The table of reports that are kept."""

from sqlalchemy import Column, Index, Integer, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.reporting.models.base import Moment, Sum, metadata

# Reports that were generated, as they were. `supervisor_id` is whose report it is, who may look at it and delete it.
report_sessions = Table(
    "report_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("supervisor_id", Uuid, nullable=False),
    Column("report_type", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("period_start", Moment, nullable=False),
    Column("period_end", Moment, nullable=False),
    Column("total_officers", Integer, nullable=False),
    Column("total_unions", Integer, nullable=False),
    Column("total_members", Integer, nullable=False),
    Column("total_loans", Integer, nullable=False),
    Column("active_loans", Integer, nullable=False),
    Column("completed_loans", Integer, nullable=False),
    Column("defaulted_loans", Integer, nullable=False),
    Column("total_disbursed", Sum, nullable=False),
    Column("total_repaid", Sum, nullable=False),
    Column("total_outstanding", Sum, nullable=False),
    Column("collection_rate", Numeric(5, 2), nullable=False),
    Column("report_data", JSONB, nullable=False),
    Column("generated_by", Uuid, nullable=False),
    Column("generated_at", Moment, nullable=False),
)
Index("report_sessions_newest_idx", report_sessions.c.generated_at, report_sessions.c.id)
Index(
    "report_sessions_newest_of_supervisor_idx",
    report_sessions.c.supervisor_id,
    report_sessions.c.generated_at,
    report_sessions.c.id,
)
Index("report_sessions_newest_by_person_idx", report_sessions.c.generated_by, report_sessions.c.generated_at)
