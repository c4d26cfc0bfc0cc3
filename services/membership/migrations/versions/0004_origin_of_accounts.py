"""The directory knows who made an account of staff, and who set its password."""

from alembic import op

from shared.directory.tables import add_origin_of_accounts

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    add_origin_of_accounts(op)
