"""Mails with a link are found without a look at the others that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index(
        "mail_links_due_idx",
        "mail",
        ["next_try_at"],
        postgresql_where=sa.text("status = 'PENDING' AND template IN ('magic_link', 'password_reset')"),
    )


def downgrade() -> None:
    op.drop_index("mail_links_due_idx", "mail")
