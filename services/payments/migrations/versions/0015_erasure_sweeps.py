"""Who was erased is looked for in what is kept of the past."""

from alembic import op

from shared.erasure import tables as erasure

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    erasure.create_tables(op)


def downgrade() -> None:
    erasure.erasure_sweeps.drop(op.get_bind())
