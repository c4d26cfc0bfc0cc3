"""A loan that was taken away counts no longer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    is_deleted = sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("portfolio_loans", is_deleted)
