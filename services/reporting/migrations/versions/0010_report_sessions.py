"""Reports that are generated and kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

_MOMENT = sa.DateTime(timezone=True)
_COUNTS = (
    "total_officers",
    "total_unions",
    "total_members",
    "total_loans",
    "active_loans",
    "completed_loans",
    "defaulted_loans",
)
_AMOUNTS = ("total_disbursed", "total_repaid", "total_outstanding")


def upgrade() -> None:
    op.create_table(
        "report_sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("supervisor_id", sa.Uuid, nullable=False),
        sa.Column("report_type", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("period_start", _MOMENT, nullable=False),
        sa.Column("period_end", _MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _COUNTS),
        *(sa.Column(name, sa.Numeric(18, 2), nullable=False) for name in _AMOUNTS),
        sa.Column("collection_rate", sa.Numeric(5, 2), nullable=False),
        sa.Column("report_data", postgresql.JSONB, nullable=False),
        sa.Column("generated_by", sa.Uuid, nullable=False),
        sa.Column("generated_at", _MOMENT, nullable=False),
    )
    newest = ["generated_at", "id"]
    op.create_index("report_sessions_newest_idx", "report_sessions", newest)
    op.create_index("report_sessions_newest_of_supervisor_idx", "report_sessions", ["supervisor_id", *newest])
    op.create_index("report_sessions_newest_by_person_idx", "report_sessions", ["generated_by", "generated_at"])
