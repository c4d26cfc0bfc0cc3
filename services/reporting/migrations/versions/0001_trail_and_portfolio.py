"""The audit trail and the portfolio."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import create_shared_tables

revision = "0001"
down_revision = None

AMOUNT, MOMENT = sa.Numeric(14, 2), sa.DateTime(timezone=True)


def upgrade() -> None:
    create_shared_tables(op)
    _create_trail()
    _create_portfolio()
    op.create_table(
        "staff_activity",
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("login_count", sa.Integer, nullable=False),
        sa.Column("last_login_at", MOMENT, nullable=False),
    )


def _create_trail() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_email", sa.Text),
        sa.Column("actor_role", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("entity_name", sa.Text, nullable=False),
        sa.Column("entity_id", sa.Text(collation="C"), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("metadata", sa.Text),
        sa.Column("ip_address", sa.Text),
        sa.Column("user_agent", sa.Text),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("id", name="audit_entries_id_key"),
    )
    newest = [sa.text("occurred_at DESC"), sa.text("id DESC")]
    op.create_index("audit_entries_newest_idx", "audit_entries", newest)
    for column in ("actor_id", "action", "entity_name", "entity_id"):
        op.create_index(f"audit_entries_{column}_idx", "audit_entries", [column, *newest])
    # The owner could grant itself these again; the role that the service runs as could not.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM CURRENT_USER")
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="audit_chain_single_check"),
    )
    op.execute("INSERT INTO audit_chain (id, sequence, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))")
    op.create_table(
        "audit_counts",
        sa.Column("actor_id", sa.Uuid, primary_key=True),
        sa.Column("entity_name", sa.Text, primary_key=True),
        sa.Column("action", sa.Text, primary_key=True),
        sa.Column("entries", sa.BigInteger, nullable=False),
    )


def _create_portfolio() -> None:
    op.create_table(
        "portfolio_loans",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("union_id", sa.Uuid),
        sa.Column("status", sa.Text),
        sa.Column("principal", AMOUNT),
        sa.Column("interest", AMOUNT),
        sa.Column("created_at", MOMENT),
        sa.Column("created_on", sa.Date),
        sa.Column("disbursed_on", sa.Date),
        sa.Column("account_version", sa.Integer, nullable=False),
        sa.Column("paid", AMOUNT, nullable=False),
        sa.Column("outstanding", AMOUNT, nullable=False),
    )
    op.create_index("portfolio_loans_created_at_idx", "portfolio_loans", ["created_at"])
    op.create_table(
        "repayments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid, nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("paid_on", sa.Date, nullable=False),
    )
    op.create_index("repayments_loan_id_idx", "repayments", ["loan_id"])
    op.create_table(
        "portfolio_members",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("union_id", sa.Uuid, nullable=False),
        sa.Column("is_verified", sa.Boolean, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("created_on", sa.Date, nullable=False),
    )
    op.create_table(
        "portfolio_sums",
        sa.Column("figure", sa.Text, primary_key=True),
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("union_id", sa.Uuid, primary_key=True),
        sa.Column("total", sa.Numeric(18, 2), nullable=False),
    )
