"""Sums that the database keeps of frozen sums itself: what each officer had at the end of a month, in one row."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_KEEPING = import_module("services.reporting.migrations.versions.0020_kept_sums")
_SUMS, _ROWS = "frozen_months", "frozen_sums"
_FIGURES = ("loans", "outstanding_principal", "at_risk_30")
_PARTS = _KEEPING._parts(
    _SUMS,
    {"frozen_on": "frozen_on", "officer_id": f"coalesce(officer_id, {_KEEPING._NOBODY})"},
    {name: f"sum(sign * {name})" for name in _FIGURES},
)


def upgrade() -> None:
    # May be run again: it was interrupted where the sums are filled.
    op.create_table(
        _SUMS,
        sa.Column("frozen_on", sa.Date, primary_key=True),
        sa.Column("officer_id", sa.Uuid, primary_key=True),
        sa.Column("loans", sa.Integer, nullable=False),
        sa.Column("outstanding_principal", sa.Numeric(18, 2), nullable=False),
        sa.Column("at_risk_30", sa.Numeric(18, 2), nullable=False),
        if_not_exists=True,
    )
    _KEEPING._keep(_SUMS, _ROWS, _PARTS)
    with op.get_context().autocommit_block():
        op.execute(_KEEPING._FILL.format(table=_ROWS, **_PARTS))


def downgrade() -> None:
    for event in _KEEPING._TRIGGERS:
        op.execute(f"DROP TRIGGER {_SUMS}_{event.lower()} ON {_ROWS}")
    op.execute(f"DROP FUNCTION keep_{_SUMS}()")
    op.drop_table(_SUMS)
