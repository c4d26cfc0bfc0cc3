"""What sign-in, recovery, impersonation and external providers need to remember."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _extend_accounts_and_sessions()
    _create_attempt_counts()
    _create_links()
    _create_external_sign_ins()


def _extend_accounts_and_sessions() -> None:
    op.add_column("user_account", _flag("password_is_temporary", "false"))
    op.add_column("staff_session", _flag("is_remembered", "true"))
    op.add_column("staff_session", sa.Column("ends_at", _INSTANT))
    op.add_column("staff_session", _flag("must_change_password", "false"))
    op.add_column("staff_session", sa.Column("impersonator_id", sa.Uuid))
    op.add_column("staff_session", sa.Column("parent_id", sa.Uuid))
    for column, table in (("impersonator_id", "user_account"), ("parent_id", "staff_session")):
        op.create_foreign_key(f"staff_session_{column}_fkey", "staff_session", table, [column], ["id"])
    has_parent = sa.text("parent_id IS NOT NULL")
    op.create_index("staff_session_user_id_idx", "staff_session", ["user_id", "started_at"])
    op.create_index("staff_session_parent_id_idx", "staff_session", ["parent_id"], postgresql_where=has_parent)
    op.create_index("staff_session_refresh_expires_at_idx", "staff_session", ["refresh_expires_at"])


def _create_attempt_counts() -> None:
    op.create_table(
        "attempt_count",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("blocks", sa.Integer, nullable=False),
        sa.Column("last_at", _INSTANT, nullable=False),
        sa.Column("blocked_until", _INSTANT),
    )
    op.create_index("attempt_count_last_at_idx", "attempt_count", ["last_at"])


def _create_links() -> None:
    purposes = "purpose IN ('password_reset', 'magic_link')"
    op.create_table(
        "recovery_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("requested_at", _INSTANT, nullable=False),
        sa.CheckConstraint(purposes, name="recovery_request_purpose_check"),
    )
    op.create_index("recovery_request_requested_at_idx", "recovery_request", ["requested_at"])
    owner = sa.ForeignKey("user_account.id", name="one_time_link_user_id_fkey")
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, owner, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("made_for", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
        sa.CheckConstraint(purposes, name="one_time_link_purpose_check"),
    )
    op.create_index("one_time_link_digest_key", "one_time_link", ["digest"], unique=True)
    op.create_index("one_time_link_user_id_idx", "one_time_link", ["user_id", "purpose"])
    op.create_index("one_time_link_expires_at_idx", "one_time_link", ["expires_at"])


def _create_external_sign_ins() -> None:
    op.create_table(
        "external_sign_in",
        sa.Column("state_digest", sa.Text, primary_key=True),
        sa.Column("browser_digest", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("code_verifier", sa.Text, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
    )
    op.create_index("external_sign_in_expires_at_idx", "external_sign_in", ["expires_at"])


def _flag(name: str, default: str) -> sa.Column:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=default)
