"""Who was erased is looked for in what is kept of the past."""

import sqlalchemy as sa
from alembic import op

from shared.erasure import tables as erasure

revision = "0015"
down_revision = "0014"

# Membership owns the members, and has none of them in its directory.
_ERASED_BEFORE = sa.text(
    """
    INSERT INTO erasure_sweeps (member_id, place, code)
    SELECT id, place, code FROM members, unnest(CAST(:places AS text[])) AS place WHERE erased_at IS NOT NULL
    ON CONFLICT DO NOTHING
    """
)


def upgrade() -> None:
    erasure.create_tables(op)
    op.get_bind().execute(_ERASED_BEFORE, {"places": list(erasure.OF_ALL)})


def downgrade() -> None:
    erasure.erasure_sweeps.drop(op.get_bind())
