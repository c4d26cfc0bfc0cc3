"""What is kept of the accounts of loans, many at once: payments tells of thousands in a busy hour.

Each statement takes its rows as one JSON document. What is older than the state already there changes nothing, so the
order in which news arrives does not matter.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, select
from sqlalchemy.orm import Session

from services.lending.domain.loan import LoanStatus
from services.lending.models import Loan, LoanRepayment
from shared.postgres.recordset import json_rows, recordset_statement

Rows = Sequence[Mapping[str, Any]]
Known = tuple[UUID, LoanStatus, int, datetime | None]

_KEEP_ACCOUNTS = recordset_statement(
    """
    UPDATE loans SET account_version = rows.version, paid = rows.paid, outstanding = rows.outstanding
    FROM {rows}
    WHERE loans.id = rows.loan_id AND loans.account_version < rows.version
    """,
    rows="loan_id uuid, version integer, paid numeric, outstanding numeric",
)
_SETTLE = recordset_statement(
    """
    UPDATE instalments
    SET paid = rows.paid, status = rows.status, closed_at = rows.closed_at, updated_at = rows.at,
        account_version = rows.version, penalty = coalesce(rows.penalty, instalments.penalty),
        fee = coalesce(rows.fee, instalments.fee), interest = coalesce(rows.interest, instalments.interest),
        due_on = CASE WHEN instalments.is_charge_line THEN coalesce(rows.due_on, instalments.due_on)
                      ELSE instalments.due_on END
    FROM {rows}
    WHERE instalments.id = rows.instalment_id AND instalments.account_version < rows.version
    """,
    rows="""
        instalment_id uuid, due_on date, penalty numeric, fee numeric, interest numeric, paid numeric, status text,
        closed_at timestamptz, at timestamptz, version integer
    """,
)
# The line of charges is made by payments. One of a schedule that is no longer there has nothing to stand on.
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
_ADD_REPAYMENTS = recordset_statement(
    """
    INSERT INTO loan_repayments (id, loan_id, amount, currency, method, paid_at, recorded_at, reference, notes,
                                 received_by, kind, reversal_of_id, allocations, account_version)
    SELECT * FROM {rows}
    ON CONFLICT DO NOTHING
    """,
    rows="""
        repayment_id uuid, loan_id uuid, amount numeric, currency text, method text, paid_at timestamptz,
        recorded_at timestamptz, reference text, notes text, received_by uuid, kind text, reversal_of_id uuid,
        allocations jsonb, version integer
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


def locked_accounts(session: Session, loan_ids: Collection[UUID]) -> dict[UUID, Row[Known]]:
    """(id, status, account_version, deleted_at) of the loans that are known, locked in the order of their ids."""
    columns = (Loan.id, Loan.status, Loan.account_version, Loan.deleted_at)
    query = select(*columns).where(Loan.id.in_(loan_ids)).order_by(Loan.id)
    return {row.id: row for row in session.execute(query.with_for_update())}


def keep_accounts(session: Session, accounts: Rows) -> None:
    """Write what is paid and owed on loans: {loan_id, version, paid, outstanding}, one row for each loan."""
    _run(session, _KEEP_ACCOUNTS, accounts)


def settle(session: Session, instalments: Rows) -> None:
    """Write how far instalments are paid: {instalment_id, loan_id, schedule_version, sequence, paid, status, closed_at,
    at, version}, one row for each; with due_on, penalty, fee and interest where these may have changed."""
    lines = [line for line in instalments if line.get("is_charge_line")]
    if lines:
        _run(session, _ADD_CHARGE_LINES, lines)
    _run(session, _SETTLE, instalments)


def add_repayments(session: Session, repayments: Rows) -> None:
    """Keep repayments, each with the `version` of the account after it; those already there stay as they are."""
    if repayments:
        _run(session, _ADD_REPAYMENTS, repayments)


def known_repayments(session: Session, repayment_ids: Collection[UUID]) -> set[UUID]:
    """Which of the repayments are there."""
    return set(session.scalars(select(LoanRepayment.id).where(LoanRepayment.id.in_(repayment_ids))))


def reallocate(session: Session, repayments: Rows) -> None:
    """Write anew where repayments went: {repayment_id, allocations, version}, one row for each."""
    if repayments:
        _run(session, _REALLOCATE, repayments)


def _run(session: Session, statement: TextClause, rows: Rows) -> None:
    session.connection().execute(statement, {"rows": json_rows(rows)})
