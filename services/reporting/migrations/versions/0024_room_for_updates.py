"""Room beside the rows that every payment changes, so that it rewrites one row and none of the indexes."""

from alembic import op

revision = "0024"
down_revision = "0023"

# In per cent of a page that is filled with new rows.
_FILLED = {"portfolio_loans": 85, "portfolio_sums": 80, "collected_months": 80, "union_standings": 80}


def upgrade() -> None:
    for table, filled in _FILLED.items():
        op.execute(f"ALTER TABLE {table} SET (fillfactor = {filled})")


def downgrade() -> None:
    for table in _FILLED:
        op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
