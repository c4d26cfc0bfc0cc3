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
    if loan_type_id is not None:
        tally.add(connection, LOAN_OF_TYPE, {(loan_type_id, "live"): 1})


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
