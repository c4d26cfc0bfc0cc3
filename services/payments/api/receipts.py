"""Receipts of repayments on paper."""

from uuid import UUID

from flask import Blueprint, Response, request

from services.payments.api.bodies.exports import ReceiptQuery
from services.payments.shapes.receipts import slip_of_receipt, title_of_receipt
from services.payments.usecases.receipts import print_receipt, receipt_of
from shared.clock import now
from shared.db import UnitOfWork
from shared.files.formats import FileFormat
from shared.files.slip import Slip, slip_as_pdf
from shared.institution import letterhead
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone
from shared.web.exports import head_of_file, pdf_download
from shared.web.schema import documented, load_query
from shared.web.transactions import in_transaction, reading, tell_events

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
def get_receipt(repayment_id: UUID) -> Response:
    """The receipt as PDF, on A6 or for a roll of 58 mm. Whatever became of the loan since, it says what the first print
    said; a second one is marked as the first reprint, and the audit trail has an entry of it."""
    size = load_query(ReceiptQuery)["size"]
    if request.method == "HEAD":
        # Nobody gets a receipt by it, so that none is counted.
        with reading() as connection:
            receipt = receipt_of(connection, current_actor(), repayment_id)
        return head_of_file(FileFormat.PDF.media_type, f"{title_of_receipt(receipt)}.{FileFormat.PDF}")
    # Counted first and typeset afterwards, so that no row is locked while pages are made.
    slip, published = in_transaction(lambda uow: (_printed(uow, repayment_id), uow.published))
    answer = pdf_download(slip_as_pdf(slip, size, company_zone()), slip.title)
    tell_events(answer, published)
    return answer


def _printed(uow: UnitOfWork, repayment_id: UUID) -> Slip:
    receipt, printed = print_receipt(uow, by=current_actor(), repayment_id=repayment_id, at=now())
    return slip_of_receipt(receipt, printed, letterhead(uow.connection), company_zone())
