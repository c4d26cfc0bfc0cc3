"""A receipt is printed: counted, and what is printed again says so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from services.payments.queries.receipts import (
    Print,
    ReceiptRow,
    count_print,
    parts_now,
    receipt_in_scope,
)
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound


class ReceiptNotFound(NotFound):
    """No such repayment, or not one of a loan this actor may see."""


class NoReceiptOfReversal(Conflict):
    """A receipt is for money received; a reversal takes it back."""


def print_receipt(uow: UnitOfWork, *, by: Actor, repayment_id: UUID, at: datetime) -> tuple[ReceiptRow, Print]:
    """What stands on the receipt of a repayment, and which print of it this is.

    The first print keeps what the loan owed and what the money went to; every later one says the same, and leaves an
    entry in the audit trail. Raises ReceiptNotFound, NoReceiptOfReversal.
    """
    receipt = receipt_of(uow.connection, by, repayment_id)
    parts = parts_now(uow.connection, repayment_id)
    printed = count_print(uow.connection, repayment_id, outstanding=receipt.outstanding, parts=parts, at=at)
    if printed.prints > 1:
        uow.audit(
            action="RECEIPT_REPRINTED",
            entity_name="Repayment",
            entity_id=repayment_id,
            metadata={"loanNumber": receipt.loan_number, "reprint": printed.prints - 1},
        )
    return receipt, printed


def receipt_of(connection: Connection, actor: Actor, repayment_id: UUID) -> ReceiptRow:
    """What stands on the receipt of a repayment but for the figures of its print, which is not counted. Raises
    ReceiptNotFound, NoReceiptOfReversal."""
    receipt = receipt_in_scope(connection, actor, repayment_id)
    if receipt is None:
        raise ReceiptNotFound("Repayment not found")
    if receipt.reversal_of_id:
        raise NoReceiptOfReversal("A reversal has no receipt. Print the statement of the loan instead.")
    return receipt
