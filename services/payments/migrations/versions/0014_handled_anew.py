"""How much of what owners published anew was handled, and how much was published."""

from alembic import op

from shared import restatement

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    restatement.count_events(op)
