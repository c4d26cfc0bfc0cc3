"""The institution's settings, whose name and colours stand above what is printed."""

from alembic import op

from shared import institution

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    institution.create_table(op)


def downgrade() -> None:
    institution.institution_settings.drop(op.get_bind())
