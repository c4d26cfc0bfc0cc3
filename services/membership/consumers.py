"""What membership follows: staff, sessions and settings of identity, loans and their documents of lending."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from services.membership.models import LoanDocument
from services.membership.queries import counts
from services.membership.queries.loans import DELETED, KeptLoan, add_loans, write_statuses
from services.membership.usecases.restatement import remove_loans
from shared.backup.participant import follow_backups
from shared.db import UnitOfWork
from shared.directory.handlers import follow_staff
from shared.institution import follow_settings
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Handlers, Payload
from shared.postgres.newest import keep_newest
from shared.restatement import when_restated
from shared.restore.participant import follow_restores

handlers = Handlers("membership")
follow_staff(handlers)
follow_settings(handlers)
follow_backups(handlers)
follow_restores(handlers)


class LoanEvent(Payload):
    loan_id: UUID
    member_id: UUID
    status: str


@handlers.on_many("lending.loan.*.v1", payload=LoanEvent)
def keep_loans(uow: UnitOfWork, events: Sequence[tuple[LoanEvent, Envelope]]) -> None:
    """Whichever event of a loan comes first counts it; afterwards the newest version decides the status.

    A loan's union is the member's: the event may have been written before the member moved. Raises CauseMissing for
    loans of unknown members.
    """
    newest = {loan.loan_id: _kept(loan, envelope) for loan, envelope in sorted(events, key=_version)}
    added = add_loans(uow.connection, list(newest.values()))
    unknown = {loan_id for loan_id, union_id, _ in added if union_id is None}
    if unknown:
        waiting = [envelope.id for loan, envelope in events if loan.loan_id in unknown]
        raise CauseMissing("the member of the loan is not known yet", waiting)
    former = {loan_id: DELETED for loan_id, _, is_new in added if is_new}
    if len(former) < len(newest):
        former |= write_statuses(uow.connection, [loan for loan in newest.values() if loan.loan_id not in former])
    changes: Counter[UUID] = Counter()
    for loan_id, union_id, _ in added:
        if union_id and loan_id in former:
            changes[union_id] += (former[loan_id] == DELETED) - (newest[loan_id].status == DELETED)
    counts.loans_changed(uow.connection, changes)


def _kept(loan: LoanEvent, envelope: Envelope) -> KeptLoan:
    """What is kept of a loan that an event tells of."""
    status = DELETED if envelope.type == "lending.loan.deleted.v1" else loan.status
    return KeptLoan(loan.loan_id, loan.member_id, status, envelope.version)


def _version(event: tuple[LoanEvent, Envelope]) -> int:
    return event[1].version


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
