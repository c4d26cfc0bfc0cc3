"""Sums that the database keeps of running sums itself: how the loans of a union stand, in one row for each status."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_KEEPING = import_module("services.reporting.migrations.versions.0020_kept_sums")
_SUMS, _ROWS = "union_standings", "portfolio_sums"
_FIGURES = ("loans", "principal", "paid", "outstanding")
_PARTS = _KEEPING._parts(
    _SUMS,
    {"union_id": "union_id", "status": "slot"},
    {name: f"coalesce(sum(sign * total) FILTER (WHERE figure = '{name}'), 0)" for name in _FIGURES},
)
_BY_UNION, _BY_UNION_ALONE = "portfolio_sums_union_idx", "portfolio_sums_union_id_idx"


def upgrade() -> None:
    # May be run again: it was interrupted where the sums are filled.
    op.create_table(
        _SUMS,
        sa.Column("union_id", sa.Uuid, primary_key=True),
        sa.Column("status", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Numeric(18, 2), nullable=False) for name in _FIGURES),
        if_not_exists=True,
    )
    _KEEPING._keep(_SUMS, _ROWS, _PARTS)
    # Nobody who writes is held up meanwhile; what an interrupted run left is no index.
    with op.get_context().autocommit_block():
        op.execute(_KEEPING._FILL.format(table=_ROWS, **_PARTS))
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_BY_UNION}")
        op.create_index(_BY_UNION, _ROWS, ["union_id", "figure", "slot"], postgresql_concurrently=True)
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_BY_UNION_ALONE}")


def downgrade() -> None:
    op.create_index(_BY_UNION_ALONE, _ROWS, ["union_id"])
    op.drop_index(_BY_UNION)
    for event in _KEEPING._TRIGGERS:
        op.execute(f"DROP TRIGGER {_SUMS}_{event.lower()} ON {_ROWS}")
    op.execute(f"DROP FUNCTION keep_{_SUMS}()")
    op.drop_table(_SUMS)
