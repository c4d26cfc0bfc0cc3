"""What is published anew, by id and in the order of the ids, deleted rows too; and what payments does not have."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from services.lending.models import DocumentType, Instalment, Loan, LoanDocument, LoanRepayment, LoanType
from shared.postgres.recordset import ids_text

_FORGET_CHARGE_LINES = text(
    """
    DELETE FROM instalments
     WHERE is_charge_line AND loan_id = ANY(CAST(CAST(:loans AS text) AS uuid[]))
       AND id <> ALL(CAST(CAST(:kept AS text) AS uuid[]))
    """
)
_FORGET_ACCOUNTS = text(
    """
    WITH unknown AS (
        UPDATE loans SET account_version = 0, paid = 0, outstanding = principal + interest_total
         WHERE account_version BETWEEN 1 AND :version - 1
        RETURNING id
    )
    UPDATE instalments
       SET account_version = 0, paid = 0, penalty = 0, fee = 0, status = 'PENDING', closed_at = NULL
      FROM unknown WHERE instalments.loan_id = unknown.id AND NOT is_charge_line
    """
)


def loan_types_by_id(session: Session, ids: Collection[UUID]) -> Sequence[LoanType]:
    """These loan types."""
    return session.scalars(select(LoanType).where(LoanType.id.in_(ids)).order_by(LoanType.id)).all()


def loans_by_id(session: Session, ids: Collection[UUID]) -> Sequence[Loan]:
    """These loans."""
    return session.scalars(select(Loan).where(Loan.id.in_(ids)).order_by(Loan.id)).all()


def schedules_of(session: Session, loan_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Instalment]]:
    """The schedules of these loans, without the lines of charges; nothing for one that has none."""
    planned = select(Instalment).where(Instalment.loan_id.in_(loan_ids), ~Instalment.is_charge_line)
    found: defaultdict[UUID, list[Instalment]] = defaultdict(list)
    for line in session.scalars(planned.order_by(Instalment.loan_id, Instalment.sequence)):
        found[line.loan_id].append(line)
    return found


def documents_by_id(session: Session, ids: Collection[UUID]) -> Sequence[LoanDocument]:
    """These documents of loans."""
    return session.scalars(select(LoanDocument).where(LoanDocument.id.in_(ids)).order_by(LoanDocument.id)).all()


def forget_repayments(session: Session, loan_ids: Collection[UUID], *, but: Collection[UUID]) -> None:
    """Forget the repayments of loans, all but these."""
    gone = delete(LoanRepayment).where(LoanRepayment.loan_id.in_(loan_ids))
    session.execute(gone.where(LoanRepayment.id.not_in(but)) if but else gone)


def forget_charge_lines(session: Session, loan_ids: Collection[UUID], *, but: Collection[UUID]) -> None:
    """Forget the lines of charges of loans, all but these."""
    session.connection().execute(_FORGET_CHARGE_LINES, {"loans": ids_text(loan_ids), "kept": ids_text(but)})


def delete_document_types_below(session: Session, version: int) -> None:
    """Take the document types of a lower version as deleted."""
    stale = update(DocumentType).where(DocumentType.version < version, DocumentType.deleted_at.is_(None))
    session.execute(stale.values(deleted_at=DocumentType.updated_at, version=version))


def loans_with_account_below(session: Session, version: int) -> Sequence[UUID]:
    """The loans of whose account something was kept, all of it in lower versions; locked in the order of their ids."""
    query = select(Loan.id).where(Loan.account_version > 0, Loan.account_version < version)
    return session.scalars(query.order_by(Loan.id).with_for_update()).all()


def forget_accounts_below(session: Session, version: int) -> None:
    """Let nothing be paid on loans with accounts of lower versions, and nothing owed beside their schedule."""
    session.connection().execute(_FORGET_ACCOUNTS, {"version": version})
