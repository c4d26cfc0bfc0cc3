"""What is kept of the accounts of loans, many at once: payments tells of thousands in a busy hour.

Each statement takes its rows as one JSON document. What is older than the state already there changes nothing, so the
order in which news arrives does not matter.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, TextClause, select, text
from sqlalchemy.orm import Session

from services.lending.domain.loan import LoanStatus
from services.lending.models import Loan, LoanRepayment

Rows = Sequence[Mapping[str, Any]]
Known = tuple[UUID, LoanStatus, int, datetime | None]

_KEEP_ACCOUNTS = text(
    """
    UPDATE loans SET account_version = told.version, paid = told.paid, outstanding = told.outstanding
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS told (loan_id uuid, version integer, paid numeric, outstanding numeric)
    WHERE loans.id = told.loan_id AND loans.account_version < told.version
    """
)
_SETTLE = text(
    """
    UPDATE instalments
    SET paid = told.paid, status = told.status, closed_at = told.closed_at, updated_at = told.at,
        account_version = told.version, penalty = coalesce(told.penalty, instalments.penalty),
        fee = coalesce(told.fee, instalments.fee), interest = coalesce(told.interest, instalments.interest),
        due_on = CASE WHEN instalments.is_charge_line THEN coalesce(told.due_on, instalments.due_on)
                      ELSE instalments.due_on END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS told (instalment_id uuid, due_on date, penalty numeric, fee numeric, interest numeric, paid numeric,
                 status text, closed_at timestamptz, at timestamptz, version integer)
    WHERE instalments.id = told.instalment_id AND instalments.account_version < told.version
    """
)
# The line of charges is made by payments. One of a schedule that is no longer there has nothing to stand on.
_ADD_CHARGE_LINES = text(
    """
    INSERT INTO instalments (id, loan_id, sequence, due_on, principal, interest, penalty, fee, is_charge_line, paid,
                             status, closed_at, account_version, created_at, updated_at)
    SELECT told.instalment_id, told.loan_id, told.sequence, told.due_on, 0, 0, told.penalty, told.fee, true, told.paid,
           told.status, told.closed_at, told.version, told.at, told.at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS told (instalment_id uuid, loan_id uuid, schedule_version integer, sequence integer, due_on date,
                 penalty numeric, fee numeric, paid numeric, status text, closed_at timestamptz, at timestamptz,
                 version integer)
    JOIN loans ON loans.id = told.loan_id AND loans.schedule_version = told.schedule_version
    ON CONFLICT (id) DO NOTHING
    """
)
_ADD_REPAYMENTS = text(
    """
    INSERT INTO loan_repayments (id, loan_id, amount, currency, method, paid_at, recorded_at, reference, notes,
                                 received_by, kind, reversal_of_id, allocations, account_version)
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS told (repayment_id uuid, loan_id uuid, amount numeric, currency text, method text, paid_at timestamptz,
                 recorded_at timestamptz, reference text, notes text, received_by uuid, kind text, reversal_of_id uuid,
                 allocations jsonb, version integer)
    ON CONFLICT DO NOTHING
    """
)
_REALLOCATE = text(
    """
    UPDATE loan_repayments SET allocations = told.allocations, account_version = told.version
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (repayment_id uuid, allocations jsonb, version integer)
    WHERE loan_repayments.id = told.repayment_id AND loan_repayments.account_version < told.version
    """
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
    session.connection().execute(statement, {"rows": orjson.dumps(rows, default=str).decode()})
