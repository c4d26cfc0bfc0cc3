"""Links by which new staff choose their password, who made an account, and what keeps one person from doing all.

An institution that is at work already stays as it was: what is new here is off for it. A new installation gets its
settings when it is first migrated; see `found_institution`.
"""

import sqlalchemy as sa
from alembic import op

from shared.directory.tables import add_origin_of_accounts

revision = "0009"
down_revision = "0008"

_BEFORE, _AFTER = ("password_reset", "magic_link"), ("password_reset", "magic_link", "invitation")


def upgrade() -> None:
    add_origin_of_accounts(op)
    op.add_column("user_account", sa.Column("created_by", sa.Uuid))
    op.add_column("user_account", sa.Column("password_set_by", sa.Uuid))
    op.add_column("user_account", sa.Column("password_set_at", sa.DateTime(timezone=True)))
    _add_setting("passwords_by_creator", sa.Boolean(), "true")
    _add_setting("separation_days", sa.Integer(), "0")
    _add_setting("four_eyes", sa.Boolean(), "false")
    _add_setting("four_eyes_amount", sa.Numeric(14, 2), "0")
    _add_setting("idle_timeout_hours", sa.Integer(), "0")
    _write_settings_of_those_at_work()
    _allow(_AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM one_time_link WHERE purpose = 'invitation'")
    op.execute("DELETE FROM recovery_request WHERE purpose = 'invitation'")
    _allow(_BEFORE)
    for name in ("idle_timeout_hours", "four_eyes_amount", "four_eyes", "separation_days", "passwords_by_creator"):
        op.drop_column("company_setting", name)
    for name in ("password_set_at", "password_set_by", "created_by"):
        op.drop_column("user_account", name)


def _add_setting(name: str, kind: sa.types.TypeEngine, default: str) -> None:
    op.add_column("company_setting", sa.Column(name, kind, nullable=False, server_default=default))


def _write_settings_of_those_at_work() -> None:
    """Where nobody ever looked at them there is no row yet, and they would pass for those of a new installation."""
    op.execute(
        """
        INSERT INTO company_setting (id, name, email, currency, currency_symbol, date_format, time_format, timezone,
            invoice_prefix, expense_prefix, maintenance_mode)
        SELECT 'default', 'Millenium Potters', '', 'NGN', '₦', 'DD/MM/YYYY', '24h', 'Africa/Lagos', 'INV-', 'EXP-',
            false
        WHERE EXISTS (SELECT 1 FROM user_account) ON CONFLICT DO NOTHING
        """
    )


def _allow(purposes: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{purpose}'" for purpose in purposes)
    for table in ("one_time_link", "recovery_request"):
        op.drop_constraint(f"{table}_purpose_check", table)
        op.create_check_constraint(f"{table}_purpose_check", table, f"purpose IN ({listed})")
    op.drop_index("mail_links_due_idx", "mail")
    links = ", ".join(f"'{purpose}'" for purpose in sorted(purposes))
    due = sa.text(f"status = 'PENDING' AND template IN ({links})")
    op.create_index("mail_links_due_idx", "mail", ["next_try_at"], postgresql_where=due)
