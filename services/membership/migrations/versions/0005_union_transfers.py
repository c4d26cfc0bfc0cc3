"""Unions that are to go to another officer."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "union_transfers",
        sa.Column("id", sa.Uuid, primary_key=True),
        _union("union_id", nullable=False),
        _union("from_union_id", nullable=True),
        sa.Column("officer_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("notes", sa.Text),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("members_moved", sa.Integer, nullable=False),
        sa.Column("loans_moved", sa.Integer, nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("ended_by", sa.Uuid),
        sa.Column("ended_at", _MOMENT),
        sa.CheckConstraint(
            "status IN ('PENDING', 'COMPLETED', 'CANCELLED')", name="union_transfers_transfer_status_check"
        ),
    )
    op.create_index("union_transfers_newest_idx", "union_transfers", ["created_at", "id"])
    for column in ("union_id", "officer_id"):
        op.create_index(f"union_transfers_{column}_idx", "union_transfers", [column])


def _union(name: str, *, nullable: bool) -> sa.Column[object]:
    key = sa.ForeignKey("unions.id", name=f"union_transfers_{name}_fkey")
    return sa.Column(name, sa.Uuid, key, nullable=nullable)
