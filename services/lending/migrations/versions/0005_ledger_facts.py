"""What payments tells beyond repayments: fees, penalties and rebates on the schedule, recoveries and reversals."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

AMOUNT = sa.Numeric(14, 2)


def upgrade() -> None:
    for name in ("penalty", "fee"):
        op.add_column("instalments", sa.Column(name, AMOUNT, nullable=False, server_default="0"))
    is_charge_line = sa.Column("is_charge_line", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("instalments", is_charge_line)
    op.add_column("loan_repayments", sa.Column("kind", sa.String(20), nullable=False, server_default="REPAYMENT"))
    op.add_column("loan_repayments", sa.Column("reversal_of_id", sa.Uuid))
