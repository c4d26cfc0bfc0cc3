"""Reading the charges of a loan, each with its waiver, if it was given up."""

from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from services.payments.models.ledger import charges, repayments, waivers
from services.payments.models.rows import ChargeRow
from services.payments.queries.ledger import WAIVER
from services.payments.queries.rows import columns_of, row_of, rows_of

_reversal = repayments.alias("reversal")
_CHARGES = (
    select(*columns_of(ChargeRow, charges, **WAIVER, reversed_by_id=_reversal.c.id))
    .outerjoin(waivers, waivers.c.charge_id == charges.c.id)
    .outerjoin(_reversal, _reversal.c.reversal_of_id == charges.c.repayment_id)
    .where(charges.c.loan_id == bindparam("loan_id"))
    .order_by(charges.c.due_on, charges.c.id)
)
_CHARGE = _CHARGES.where(charges.c.id == bindparam("charge_id"))


def charges_of_loan(connection: Connection, loan_id: UUID) -> list[ChargeRow]:
    """The charges and rebates of a loan by the day they are due."""
    return rows_of(ChargeRow, connection.execute(_CHARGES, {"loan_id": loan_id}))


def charge_of_loan(connection: Connection, loan_id: UUID, charge_id: UUID) -> ChargeRow | None:
    """One charge of a loan."""
    return row_of(ChargeRow, connection.execute(_CHARGE, {"loan_id": loan_id, "charge_id": charge_id}))
