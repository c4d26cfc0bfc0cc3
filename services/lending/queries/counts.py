"""How many loans there are, by officer and status and by loan type, kept exact by every change."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from services.lending.domain.loan import LoanStatus
from shared.db import UnitOfWork
from shared.tally import EVERYBODY

LOAN, LOAN_OF_TYPE = "loan", "loan_of_type"


def loan_added(uow: UnitOfWork, officer_id: UUID, loan_type_id: UUID | None, status: LoanStatus) -> None:
    """There is one more loan."""
    uow.count(LOAN, {(EVERYBODY, status): 1, (officer_id, status): 1})
    loan_retyped(uow, None, loan_type_id)


def loan_removed(uow: UnitOfWork, officer_id: UUID, loan_type_id: UUID | None, status: LoanStatus) -> None:
    """There is one loan less."""
    uow.count(LOAN, {(EVERYBODY, status): -1, (officer_id, status): -1})
    loan_retyped(uow, loan_type_id, None)


def loan_retyped(uow: UnitOfWork, start: UUID | None, end: UUID | None) -> None:
    """A loan went from one loan type to another; from or to none at all, where it is None."""
    if start != end:
        changes = {(loan_type_id, "live"): by for loan_type_id, by in ((start, -1), (end, 1)) if loan_type_id}
        uow.count(LOAN_OF_TYPE, changes)


def loan_moved(uow: UnitOfWork, officer_id: UUID, start: LoanStatus, end: LoanStatus) -> None:
    """A loan went from one status to another."""
    changes: dict[tuple[UUID, str], int] = {}
    for owner in (EVERYBODY, officer_id):
        changes |= {(owner, start): -1, (owner, end): 1}
    uow.count(LOAN, changes)


def loans_handed_over(uow: UnitOfWork, loans: Iterable[tuple[UUID, LoanStatus]], officer_id: UUID) -> None:
    """Loans, each given as (former officer, status), went to this officer."""
    changes: Counter[tuple[UUID, str]] = Counter()
    for former_officer_id, status in loans:
        changes[former_officer_id, status] -= 1
        changes[officer_id, status] += 1
    uow.count(LOAN, changes)
