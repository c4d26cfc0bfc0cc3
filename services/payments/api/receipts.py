"""Receipts of repayments on paper."""

from uuid import UUID

from flask import Blueprint, Response, request

from services.payments.api.bodies.exports import ReceiptQuery
from services.payments.shapes.receipts import slip_of_receipt
from services.payments.usecases.receipts import foresee_receipt, print_receipt
from shared.clock import now
from shared.db import UnitOfWork
from shared.files.formats import FileFormat
from shared.files.slip import slip_as_pdf
from shared.institution import letterhead
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone
from shared.web.exports import pdf_download
from shared.web.schema import documented, load_query
from shared.web.transactions import transactional

receipts = Blueprint("receipts", __name__, url_prefix="/repayments/<uuid:repayment_id>")


@receipts.get("/receipt")
@requires()
@documented(
    "Print the receipt of a repayment",
    name="get_receipt",
    query=ReceiptQuery,
    enveloped=False,
    media_type=FileFormat.PDF.media_type,
)
@transactional
def get_receipt(uow: UnitOfWork, repayment_id: UUID) -> Response:
    """The receipt as PDF, on A6 or for a roll of 58 mm. Whatever became of the loan since, it says what the first print
    said; a second one is marked as the first reprint, and the audit trail has an entry of it."""
    size = load_query(ReceiptQuery)["size"]
    if request.method == "HEAD":
        # Nobody gets a receipt by it.
        receipt, printed = foresee_receipt(uow.connection, by=current_actor(), repayment_id=repayment_id)
    else:
        receipt, printed = print_receipt(uow, by=current_actor(), repayment_id=repayment_id, at=now())
    slip = slip_of_receipt(receipt, printed, letterhead(uow.connection), company_zone())
    return pdf_download(slip_as_pdf(slip, size, company_zone()), slip.title)
