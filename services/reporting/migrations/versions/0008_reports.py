"""What the reports read by: the union that money came from, and loans by the days they are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_WAITING = sa.text("status IN ('PENDING_APPROVAL', 'APPROVED')")


def upgrade() -> None:
    op.add_column("repayments", sa.Column("union_id", sa.Uuid))
    # The union that the loan is in now, until the event comes again and says which one it was in then.
    op.execute(
        "UPDATE repayments SET union_id = loan.union_id FROM portfolio_loans AS loan WHERE loan.id = repayments.loan_id"
    )
    op.create_index("repayments_paid_on_idx", "repayments", ["paid_on"])
    op.create_index("portfolio_loans_disbursed_on_idx", "portfolio_loans", ["disbursed_on"])
    op.create_index("portfolio_loans_end_on_idx", "portfolio_loans", ["end_on"])
    op.create_index("portfolio_loans_waiting_idx", "portfolio_loans", ["status"], postgresql_where=_WAITING)
    op.create_index("reallocations_recorded_on_idx", "reallocations", ["recorded_on"])


def downgrade() -> None:
    op.drop_index("reallocations_recorded_on_idx", "reallocations")
    op.drop_index("portfolio_loans_waiting_idx", "portfolio_loans")
    op.drop_index("portfolio_loans_end_on_idx", "portfolio_loans")
    op.drop_index("portfolio_loans_disbursed_on_idx", "portfolio_loans")
    op.drop_index("repayments_paid_on_idx", "repayments")
    op.drop_column("repayments", "union_id")
