"""Reading the charges of a loan, each with its waiver, if it was given up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, RowMapping, bindparam

from services.payments.models.ledger import charges, repayments
from services.payments.queries.ledger import CHARGES

_reversal = repayments.alias("reversal")
_SHOWN = (
    CHARGES.add_columns(_reversal.c.id.label("reversed_by_id"))
    .outerjoin(_reversal, _reversal.c.reversal_of_id == charges.c.repayment_id)
    .where(charges.c.loan_id == bindparam("loan_id"))
)
_ONE = _SHOWN.where(charges.c.id == bindparam("charge_id"))


def charges_of_loan(connection: Connection, loan_id: UUID) -> Sequence[RowMapping]:
    """The charges and rebates of a loan by the day they are due."""
    return connection.execute(_SHOWN, {"loan_id": loan_id}).mappings().all()


def charge_of_loan(connection: Connection, loan_id: UUID, charge_id: UUID) -> RowMapping | None:
    """One charge of a loan."""
    return connection.execute(_ONE, {"loan_id": loan_id, "charge_id": charge_id}).mappings().first()
