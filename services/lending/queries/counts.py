"""How many loans there are, by officer and status and by loan type, kept exact by every change."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection

from services.lending.domain.loan import LoanStatus
from shared import tally
from shared.tally import EVERYBODY

LOAN, LOAN_OF_TYPE = "loan", "loan_of_type"


def loan_added(connection: Connection, officer_id: UUID, loan_type_id: UUID | None, status: LoanStatus) -> None:
    """There is one more loan."""
    tally.add(connection, LOAN, {(EVERYBODY, status): 1, (officer_id, status): 1})
    loan_retyped(connection, None, loan_type_id)


def loan_removed(connection: Connection, officer_id: UUID, loan_type_id: UUID | None, status: LoanStatus) -> None:
    """There is one loan less."""
    tally.add(connection, LOAN, {(EVERYBODY, status): -1, (officer_id, status): -1})
    loan_retyped(connection, loan_type_id, None)


def loan_retyped(connection: Connection, start: UUID | None, end: UUID | None) -> None:
    """A loan went from one loan type to another; from or to none at all, where it is None."""
    if start != end:
        changes = {(loan_type_id, "live"): by for loan_type_id, by in ((start, -1), (end, 1)) if loan_type_id}
        tally.add(connection, LOAN_OF_TYPE, changes)


def loan_moved(connection: Connection, officer_id: UUID, start: LoanStatus, end: LoanStatus) -> None:
    """A loan went from one status to another."""
    changes: dict[tuple[UUID, str], int] = {}
    for owner in (EVERYBODY, officer_id):
        changes |= {(owner, start): -1, (owner, end): 1}
    tally.add(connection, LOAN, changes)


def loans_handed_over(connection: Connection, loans: Iterable[tuple[UUID, LoanStatus]], officer_id: UUID) -> None:
    """Loans, each given as (former officer, status), went to this officer."""
    changes: Counter[tuple[UUID, str]] = Counter()
    for former_officer_id, status in loans:
        changes[former_officer_id, status] -= 1
        changes[officer_id, status] += 1
    tally.add(connection, LOAN, changes)
