"""Settings say what is so: what nobody went by is off, and the sign-in history is kept as long as it was."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.alter_column("company_setting", "backup_frequency", server_default="disabled")
    op.execute(
        "UPDATE company_setting SET sms_notifications = false, push_notifications = false, allow_registration = false,"
        " backup_frequency = 'disabled', log_retention_days = greatest(log_retention_days, 396)"
        # A new installation got its settings from no one yet; one that is at work kept its history for 396 days.
        " WHERE EXISTS (SELECT 1 FROM user_account)"
    )
    op.execute("UPDATE email_template SET sms_enabled = false")


def downgrade() -> None:
    op.alter_column("company_setting", "backup_frequency", server_default="daily")
