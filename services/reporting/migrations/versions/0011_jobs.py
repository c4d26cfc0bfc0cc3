"""Files that are made aside, and verifications of the audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.storage import unclaimed

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    unclaimed.create_table(op)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("filters", postgresql.JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("lease", sa.Uuid),
        sa.Column("leased_until", MOMENT),
        sa.Column("progress", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("rows", sa.BigInteger),
        sa.Column("file_key", sa.Text),
        sa.Column("file_name", sa.Text),
        sa.Column("size", sa.BigInteger),
        sa.Column("seen", sa.ARRAY(sa.Uuid)),
        sa.Column("unions", sa.ARRAY(sa.Uuid)),
        sa.Column("error", sa.Text),
        sa.Column("expires_at", MOMENT),
        sa.Column("findings", postgresql.JSONB),
        sa.Column("subscription_id", sa.Uuid),
        sa.Column("due_on", sa.Date),
        sa.UniqueConstraint("subscription_id", "due_on", name="jobs_subscription_id_due_on_key"),
    )
    op.create_index("jobs_person_id_idx", "jobs", ["person_id", sa.text("created_at DESC"), sa.text("id DESC")])
    unfinished = "state IN ('PENDING', 'RUNNING')"
    op.create_index("jobs_unfinished_idx", "jobs", ["created_at"], postgresql_where=sa.text(unfinished))
    verification = sa.text(f"{unfinished} AND kind = 'VERIFICATION'")
    op.create_index("jobs_verification_idx", "jobs", ["kind"], unique=True, postgresql_where=verification)
    op.create_index("jobs_expires_at_idx", "jobs", ["expires_at"])
