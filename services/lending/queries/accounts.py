"""What is kept of the accounts of loans, many at once: payments publishes thousands of changes in a busy hour.

Each statement takes its rows as one JSON document. What is older than what is already kept changes nothing, so the
order in which events arrive does not matter.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.lending.domain.loan import LoanStatus
from services.lending.domain.progress import InstalmentStatus
from services.lending.models import Loan, LoanRepayment
from shared.postgres.recordset import json_rows, recordset_statement


class LockedLoan(NamedTuple):
    """A loan whose account changes; `account_version` is that of the newest event of payments."""

    id: UUID
    status: LoanStatus
    account_version: int
    deleted_at: datetime | None


class AccountRow(TypedDict):
    """What is paid and owed on a loan."""

    loan_id: UUID
    version: int
    paid: Decimal
    outstanding: Decimal


class LineRow(TypedDict, total=False):
    """How far an instalment is paid; and what falls due on it, where that may have changed."""

    instalment_id: UUID
    loan_id: UUID
    schedule_version: int
    sequence: int
    due_on: date | None
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    is_charge_line: bool
    paid: Decimal
    status: InstalmentStatus
    closed_at: datetime | None
    at: datetime
    version: int


class RepaymentRow(TypedDict):
    """A repayment or a reversal, with the version of the account after it."""

    repayment_id: UUID
    loan_id: UUID
    amount: Decimal
    currency: str
    method: str
    paid_at: datetime
    recorded_at: datetime
    reference: str | None
    notes: str | None
    received_by: UUID
    kind: str
    reversal_of_id: UUID | None
    allocations: list[Any]
    version: int


class ReallocationRow(TypedDict):
    """Where a repayment went."""

    repayment_id: UUID
    allocations: list[Any]
    version: int


# One statement instead of three, for however many: a round trip costs more than the work it asks for.
_KEEP = recordset_statement(
    """
    WITH received AS (
        INSERT INTO loan_repayments (id, loan_id, amount, currency, method, paid_at, recorded_at, reference, notes,
                                     received_by, kind, reversal_of_id, allocations, account_version)
        SELECT * FROM {repayments}
        ON CONFLICT DO NOTHING
    ), kept AS (
        UPDATE loans SET account_version = accounts.version, paid = accounts.paid, outstanding = accounts.outstanding
        FROM {accounts}
        WHERE loans.id = accounts.loan_id AND loans.account_version < accounts.version
    )
    UPDATE instalments
    SET paid = lines.paid, status = lines.status, closed_at = lines.closed_at,
        updated_at = coalesce(lines.at, instalments.updated_at),
        account_version = lines.version, penalty = coalesce(lines.penalty, instalments.penalty),
        fee = coalesce(lines.fee, instalments.fee), interest = coalesce(lines.interest, instalments.interest),
        due_on = CASE WHEN instalments.is_charge_line THEN coalesce(lines.due_on, instalments.due_on)
                      ELSE instalments.due_on END
    FROM {lines}
    WHERE instalments.id = lines.instalment_id AND instalments.account_version < lines.version
    """,
    repayments="""
        repayment_id uuid, loan_id uuid, amount numeric, currency text, method text, paid_at timestamptz,
        recorded_at timestamptz, reference text, notes text, received_by uuid, kind text, reversal_of_id uuid,
        allocations jsonb, version integer
    """,
    accounts="loan_id uuid, version integer, paid numeric, outstanding numeric",
    lines="""
        instalment_id uuid, due_on date, penalty numeric, fee numeric, interest numeric, paid numeric, status text,
        closed_at timestamptz, at timestamptz, version integer
    """,
)
# The line of charges is made by payments. One of a schedule that was replaced meanwhile belongs nowhere.
_ADD_CHARGE_LINES = recordset_statement(
    """
    INSERT INTO instalments (id, loan_id, sequence, due_on, principal, interest, penalty, fee, is_charge_line, paid,
                             status, closed_at, account_version, created_at, updated_at)
    SELECT rows.instalment_id, rows.loan_id, rows.sequence, rows.due_on, 0, 0, rows.penalty, rows.fee, true, rows.paid,
           rows.status, rows.closed_at, rows.version, rows.at, rows.at
    FROM {rows}
    JOIN loans ON loans.id = rows.loan_id AND loans.schedule_version = rows.schedule_version
    ON CONFLICT (id) DO NOTHING
    """,
    rows="""
        instalment_id uuid, loan_id uuid, schedule_version integer, sequence integer, due_on date, penalty numeric,
        fee numeric, paid numeric, status text, closed_at timestamptz, at timestamptz, version integer
    """,
)
_REALLOCATE = recordset_statement(
    """
    UPDATE loan_repayments SET allocations = rows.allocations, account_version = rows.version
    FROM {rows}
    WHERE loan_repayments.id = rows.repayment_id AND loan_repayments.account_version < rows.version
    """,
    rows="repayment_id uuid, allocations jsonb, version integer",
)


def locked_accounts(session: Session, loan_ids: Collection[UUID]) -> dict[UUID, LockedLoan]:
    """Those of the loans that exist, by id, locked in the order of their ids."""
    columns = (Loan.id, Loan.status, Loan.account_version, Loan.deleted_at)
    query = select(*columns).where(Loan.id.in_(loan_ids)).order_by(Loan.id)
    return {row.id: LockedLoan(*row) for row in session.execute(query.with_for_update())}


def keep(
    session: Session,
    repayments: Iterable[RepaymentRow],
    accounts: Iterable[AccountRow] = (),
    instalments: Sequence[LineRow] = (),
) -> None:
    """Keep repayments, and write what is paid and owed on loans and how far instalments are paid: one row for each. The
    lines of charges among those have to be there (`add_charge_lines`).

    Repayments that are kept already stay as they are, and so does when an instalment was changed, where a row does not
    say it.
    """
    rows = {"repayments": repayments, "accounts": accounts, "lines": instalments}
    session.connection().execute(_KEEP, {name: json_rows(of_name) for name, of_name in rows.items()})


def add_charge_lines(session: Session, instalments: Iterable[LineRow]) -> None:
    """Add those of the instalments that are lines of charges, where they are missing; each row says when it came."""
    lines = [line for line in instalments if line.get("is_charge_line")]
    if lines:
        session.connection().execute(_ADD_CHARGE_LINES, {"rows": json_rows(lines)})


def existing_repayments(session: Session, repayment_ids: Collection[UUID]) -> set[UUID]:
    """Which of the repayments are kept."""
    return set(session.scalars(select(LoanRepayment.id).where(LoanRepayment.id.in_(repayment_ids))))


def reallocate(session: Session, repayments: Sequence[ReallocationRow]) -> None:
    """Write anew where repayments went, one row for each."""
    if repayments:
        session.connection().execute(_REALLOCATE, {"rows": json_rows(repayments)})
