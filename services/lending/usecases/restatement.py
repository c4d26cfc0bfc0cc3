"""Publishing loan types, loans and their documents anew; what lending does about document types nobody has."""

from uuid import UUID

from services.lending.events import (
    DocumentDeleted,
    DocumentRestated,
    LoanDeleted,
    LoanRestated,
    LoanTypeDeleted,
    LoanTypeRestated,
)
from services.lending.models import Loan, LoanDocument, LoanType
from services.lending.queries import restatement
from shared.db import UnitOfWork
from shared.restatement import Batch, Kind, batch_of, raise_versions


def publish_loan_types(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next loan types, those that were deleted as deleted."""
    former = raise_versions(uow.connection, LoanType.__table__, after, floor)
    for loan_type in restatement.loan_types_by_id(uow.session, former):
        if loan_type.deleted_at:
            uow.publish(LoanTypeDeleted.of(loan_type))
        else:
            uow.publish(LoanTypeRestated.of(loan_type, former_version=former[loan_type.id]))
    return batch_of(former)


def publish_loans(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next loans with their schedules, those that were deleted as deleted."""
    former = raise_versions(uow.connection, Loan.__table__, after, floor)
    schedules = restatement.schedules_of(uow.session, former)
    for loan in restatement.loans_by_id(uow.session, former):
        if loan.deleted_at:
            uow.publish(LoanDeleted.of(loan))
        else:
            uow.publish(LoanRestated.anew(loan, schedules.get(loan.id, ()), former[loan.id]))
    return batch_of(former)


def publish_documents(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next documents of loans, those that were deleted as deleted."""
    former = raise_versions(uow.connection, LoanDocument.__table__, after, floor)
    for document in restatement.documents_by_id(uow.session, former):
        if document.deleted_at:
            uow.publish(DocumentDeleted.of(document))
        else:
            uow.publish(DocumentRestated.of(document, former_version=former[document.id]))
    return batch_of(former)


def remove_document_types(uow: UnitOfWork, floor: int) -> None:
    """No document gets a type that membership does not have."""
    restatement.delete_document_types_below(uow.session, floor)


def remove_accounts(uow: UnitOfWork, floor: int) -> None:
    """On loans of whose account payments has published nothing, nothing was paid."""
    if loan_ids := restatement.loans_with_account_below(uow.session, floor):
        restatement.forget_repayments(uow.session, loan_ids, but=())
        restatement.forget_charge_lines(uow.session, loan_ids, but=())
        restatement.forget_accounts_below(uow.session, floor)


KINDS = (
    Kind("loan types", publish_loan_types),
    Kind("loans", publish_loans),
    Kind("documents of loans", publish_documents),
)
