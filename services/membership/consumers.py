"""What membership hears from the others: staff and sessions from identity, loans and their documents from lending."""

from marshmallow import fields

from services.membership.queries import counts
from services.membership.queries.documents import keep_loan_document
from services.membership.queries.loans import DELETED, add_loan, union_of_borrower, write_status
from shared.db import UnitOfWork
from shared.directory.handlers import follow_staff
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Data, EventSchema, Handlers

handlers = Handlers("membership")
follow_staff(handlers)


class LoanEvent(EventSchema):
    loan_id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    status = fields.String(required=True)


@handlers.on(
    "lending.loan.created.v1",
    "lending.loan.submitted.v1",
    "lending.loan.approved.v1",
    "lending.loan.rejected.v1",
    "lending.loan.canceled.v1",
    "lending.loan.disbursed.v1",
    "lending.loan.completed.v1",
    "lending.loan.defaulted.v1",
    "lending.loan.written_off.v1",
    "lending.loan.reactivated.v1",
    "lending.loan.updated.v1",
    "lending.loan.rescheduled.v1",
    "lending.loan.approval_undone.v1",
    "lending.loan.disbursement_undone.v1",
    "lending.loan.deleted.v1",
    schema=LoanEvent(),
)
def keep_loan(uow: UnitOfWork, loan: Data, envelope: Envelope) -> None:
    """Whichever event of a loan comes first counts it; afterwards the newest version decides the status.

    The loan's union is the member's: the event may have been written before the member moved.
    """
    union_id = union_of_borrower(uow.session, loan["member_id"])
    if union_id is None:
        raise CauseMissing(f"Member {loan['member_id']} is not known.")
    if envelope.type == "lending.loan.deleted.v1":
        loan["status"] = DELETED
    if add_loan(uow.session, **loan, version=envelope.version):
        former: str | None = DELETED
    else:
        former = write_status(uow.session, loan_id=loan["loan_id"], status=loan["status"], version=envelope.version)
    if former is not None and (former == DELETED) != (loan["status"] == DELETED):
        counts.loans_changed(uow.connection, union_id, 1 if former == DELETED else -1)


class DocumentEvent(EventSchema):
    document_id = fields.UUID(required=True)
    document_type_id = fields.UUID(required=True)


@handlers.on("lending.document.uploaded.v1", "lending.document.deleted.v1", schema=DocumentEvent())
def keep_document(uow: UnitOfWork, document: Data, envelope: Envelope) -> None:
    """A type that a document of a loan has is in use, and cannot be taken away."""
    is_deleted = envelope.type == "lending.document.deleted.v1"
    keep_loan_document(uow.session, document | {"is_deleted": is_deleted, "version": envelope.version})
