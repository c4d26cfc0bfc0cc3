"""Accounts, sessions and the company's settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrations import create_shared_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_shared_tables(op)
    _create_accounts()
    _create_sessions()
    _create_company_settings()


def _create_accounts() -> None:
    op.create_table("admin_lock", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("first_name", sa.Text),
        sa.Column("last_name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("profile_image", sa.Text),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("supervisor_id", sa.Uuid, sa.ForeignKey("user_account.id", name="user_account_supervisor_id_fkey")),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("login_count", sa.Integer, nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True)),
        sa.Column("last_activity_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("role IN ('ADMIN', 'SUPERVISOR', 'CREDIT_OFFICER')", name="user_account_role_check"),
    )
    is_live = sa.text("deleted_at IS NULL")
    op.create_index("user_account_email_key", "user_account", ["email"], unique=True, postgresql_where=is_live)
    op.create_index("user_account_supervisor_id_idx", "user_account", ["supervisor_id"])
    op.create_index("user_account_created_at_idx", "user_account", ["created_at", "id"])


def _create_sessions() -> None:
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "user_id", sa.Uuid, sa.ForeignKey("user_account.id", name="staff_session_user_id_fkey"), nullable=False
        ),
        sa.Column("ip_address", sa.Text),
        sa.Column("user_agent", sa.Text),
        sa.Column("rotation", sa.Integer, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_reason", sa.Text),
    )
    is_live, is_revoked = sa.text("revoked_at IS NULL"), sa.text("revoked_at IS NOT NULL")
    op.create_index("staff_session_live_idx", "staff_session", ["user_id"], postgresql_where=is_live)
    op.create_index("staff_session_revoked_idx", "staff_session", ["access_expires_at"], postgresql_where=is_revoked)


def _create_company_settings() -> None:
    op.create_table(
        "company_setting",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("phone", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("currency_symbol", sa.Text, nullable=False),
        sa.Column("date_format", sa.Text, nullable=False),
        sa.Column("time_format", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("invoice_prefix", sa.Text, nullable=False),
        sa.Column("expense_prefix", sa.Text, nullable=False),
        sa.Column("logo", sa.Text),
        sa.Column("login_logo", sa.Text),
        sa.Column("favicon", sa.Text),
        sa.Column("theme", JSONB),
        sa.Column("maintenance_mode", sa.Boolean, nullable=False),
        sa.Column("maintenance_message", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
