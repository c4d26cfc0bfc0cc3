"""Membership keeps the settings of the institution, whose name stands above what it prints."""

from alembic import op

from shared import institution

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    institution.create_table(op)


def downgrade() -> None:
    institution.institution_settings.drop(op.get_bind())
