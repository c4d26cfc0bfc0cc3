"""Reports that people have sent now and then."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "report_subscriptions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("filters", postgresql.JSONB, nullable=False),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("day", sa.SmallInteger, nullable=False),
        sa.Column("next_on", sa.Date, nullable=False),
        sa.Column("last_on", sa.Date),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_index("report_subscriptions_next_on_idx", "report_subscriptions", ["next_on"])
    newest = ["person_id", sa.text("created_at DESC")]
    op.create_index("report_subscriptions_person_id_idx", "report_subscriptions", newest)
