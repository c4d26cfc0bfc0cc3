"""The mail queue, the mail server and the texts that were changed; what falls due of loans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared import institution, migrations

revision = "0001"
down_revision = None


def upgrade() -> None:
    migrations.create_shared_tables(op)
    institution.create_table(op)
    _create_settings()
    _create_mail()
    _create_dues()
    op.create_table(
        "carry_over",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_over", sa.Boolean, nullable=False),
    )


def _create_settings() -> None:
    op.create_table(
        "email_setting",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("smtp_host", sa.Text, nullable=False, server_default=""),
        sa.Column("smtp_port", sa.Integer, nullable=False, server_default="587"),
        sa.Column("smtp_username", sa.Text, nullable=False, server_default=""),
        sa.Column("smtp_password", sa.Text, nullable=False, server_default=""),
        sa.Column("smtp_encryption", sa.Text, nullable=False, server_default="tls"),
        sa.Column("from_email", sa.Text, nullable=False, server_default=""),
        sa.Column("from_name", sa.Text, nullable=False, server_default=""),
        sa.Column("enabled", sa.Boolean, nullable=False, server_default="true"),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "email_template",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("email_enabled", sa.Boolean, nullable=False),
        sa.Column("sms_enabled", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_mail() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("variables", JSONB, nullable=False),
        sa.Column("sealed_link", sa.Text),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("dedupe", sa.Text),
        sa.Column("status", sa.Text, nullable=False, server_default="PENDING"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("error", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("content", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("status IN ('PENDING', 'SENT', 'WRITTEN', 'SKIPPED', 'DEAD')", name="mail_status_check"),
    )
    is_pending = sa.text("status = 'PENDING'")
    has_link = sa.text("status = 'PENDING' AND template IN ('invitation', 'magic_link', 'password_reset')")
    op.create_index("mail_dedupe_key", "mail", ["dedupe"], unique=True)
    op.create_index("mail_due_idx", "mail", ["next_try_at"], postgresql_where=is_pending)
    op.create_index("mail_links_due_idx", "mail", ["next_try_at"], postgresql_where=has_link)
    op.create_index("mail_created_at_idx", "mail", ["created_at", "id"])
    op.create_index("mail_status_idx", "mail", ["status", "created_at", "id"])


def _create_dues() -> None:
    op.create_table(
        "loan_type_name",
        sa.Column("loan_type_id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "loan_dues",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("loan_number", sa.Text),
        sa.Column("member_id", sa.Uuid),
        sa.Column("union_id", sa.Uuid),
        sa.Column("is_served", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("schedule_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lines", JSONB, nullable=False, server_default="[]"),
        sa.Column("paid_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("paid", JSONB, nullable=False, server_default="{}"),
        sa.Column("reminded_until", sa.Date),
        sa.Column("next_due_on", sa.Date),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    has_more, has_no_more = sa.text("next_due_on IS NOT NULL"), sa.text("next_due_on IS NULL")
    op.create_index("loan_dues_next_due_on_idx", "loan_dues", ["next_due_on"], postgresql_where=has_more)
    op.create_index("loan_dues_idle_idx", "loan_dues", ["changed_at"], postgresql_where=has_no_more)


def downgrade() -> None:
    for table in ("carry_over", "loan_dues", "loan_type_name", "mail", "email_template", "email_setting"):
        op.drop_table(table)
