"""Members have a nickname."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE members ADD COLUMN nickname text")
