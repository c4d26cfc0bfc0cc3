"""What membership follows: staff, sessions and settings of identity, loans and their documents of lending."""

from uuid import UUID

from services.membership.models import LoanDocument
from services.membership.queries import counts
from services.membership.queries.loans import DELETED, add_loan, union_of_borrower, write_status
from services.membership.usecases.restatement import remove_loans
from shared.backup.participant import follow_backups
from shared.db import UnitOfWork
from shared.directory.handlers import follow_staff
from shared.institution import follow_settings
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Handlers, Payload
from shared.postgres.newest import keep_newest
from shared.restatement import when_restated

handlers = Handlers("membership")
follow_staff(handlers)
follow_settings(handlers)
follow_backups(handlers)


class LoanEvent(Payload):
    loan_id: UUID
    member_id: UUID
    status: str


@handlers.on_newest("lending.loan.*.v1", payload=LoanEvent)
def keep_loan(uow: UnitOfWork, loan: LoanEvent, envelope: Envelope) -> None:
    """Whichever event of a loan comes first counts it; afterwards the newest version decides the status.

    The loan's union is the member's: the event may have been written before the member moved.
    """
    union_id = union_of_borrower(uow.session, loan.member_id)
    if union_id is None:
        raise CauseMissing(f"Member {loan.member_id} is unknown.")
    status = DELETED if envelope.type == "lending.loan.deleted.v1" else loan.status
    former: str | None = DELETED
    if not add_loan(
        uow.session, loan_id=loan.loan_id, member_id=loan.member_id, status=status, version=envelope.version
    ):
        former = write_status(uow.session, loan_id=loan.loan_id, status=status, version=envelope.version)
    if former is not None and (former == DELETED) != (status == DELETED):
        counts.loans_changed(uow.connection, union_id, 1 if former == DELETED else -1)


class DocumentEvent(Payload):
    document_id: UUID
    document_type_id: UUID


@handlers.on("lending.document.*.v1", payload=DocumentEvent)
def keep_document(uow: UnitOfWork, document: DocumentEvent, envelope: Envelope) -> None:
    """A type that a document of a loan has is in use, and cannot be taken away."""
    keep_newest(
        uow.connection,
        LoanDocument.__table__,
        {
            "document_id": document.document_id,
            "document_type_id": document.document_type_id,
            "is_deleted": envelope.type == "lending.document.deleted.v1",
            "version": envelope.version,
        },
    )


when_restated(handlers, "lending", remove_loans)
