"""The logo small enough to travel in an event, for the services that print it.

A logo that is there already is printed once it is sent again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("company_setting", sa.Column("printed_logo", sa.Text))


def downgrade() -> None:
    op.drop_column("company_setting", "printed_logo")
