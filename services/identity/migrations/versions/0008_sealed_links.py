"""Links are sealed while their mail waits and nowhere kept afterwards; sessions say how they were begun.

A link that waits in the clear at this moment is sent as it is and wiped then, which is within the hour.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("mail", sa.Column("sealed_link", sa.Text))
    op.add_column("staff_session", sa.Column("method", sa.Text))
    op.add_column("sign_in", sa.Column("method", sa.Text))
    op.execute("UPDATE mail SET content = NULL, subject = NULL WHERE template IN ('magic_link', 'password_reset')")
    op.execute(
        "UPDATE mail SET variables = '{}' WHERE template IN ('magic_link', 'password_reset') AND status <> 'PENDING'"
    )
    op.execute("UPDATE staff_session SET method = 'impersonation' WHERE impersonator_id IS NOT NULL")


def downgrade() -> None:
    op.drop_column("sign_in", "method")
    op.drop_column("staff_session", "method")
    op.drop_column("mail", "sealed_link")
