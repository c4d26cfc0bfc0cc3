"""The account of a loan under its lock: read, and written to when money comes in. Few statements, each made once."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, RowMapping, bindparam, func, select, text

from services.payments.domain.allocation import Allocation
from services.payments.models import Row, instalments, loan_accounts
from services.payments.queries.loans import LOAN_IN_SHORT
from shared.ids import new_id

_ACCOUNT = LOAN_IN_SHORT.where(loan_accounts.c.loan_id == bindparam("loan_id")).with_for_update(of=loan_accounts)
_ACCOUNT_OF_OFFICER = _ACCOUNT.where(loan_accounts.c.officer_id == bindparam("officer_id"))

_owed = instalments.c.total - instalments.c.paid
_open = (
    select(
        instalments.c.id.label("instalment_id"),
        instalments.c.sequence,
        instalments.c.due_on,
        (instalments.c.penalty - instalments.c.penalty_paid).label("penalty"),
        (instalments.c.fee - instalments.c.fee_paid).label("fee"),
        (instalments.c.interest - instalments.c.interest_paid).label("interest"),
        (instalments.c.principal - instalments.c.principal_paid).label("principal"),
        instalments.c.total,
        instalments.c.paid,
        (func.sum(_owed).over(order_by=(instalments.c.due_on, instalments.c.sequence)) - _owed).label("owed_before"),
    )
    .where(instalments.c.loan_id == bindparam("loan_id"), instalments.c.closed_at.is_(None))
    .subquery()
)
_REACHED = select(_open).where(_open.c.owed_before < bindparam("amount")).order_by(_open.c.due_on, _open.c.sequence)

# One statement instead of four: on this path a round trip costs more than the work it asks for. The postings travel as
# JSON, which the driver writes several times faster than arrays.
_RECORD = text(
    """
    WITH posting AS (
        SELECT * FROM json_to_recordset(CAST(:postings AS json)) AS posting (
            id uuid, instalment_id uuid, penalty numeric, fee numeric, interest numeric, principal numeric, status text
        )
    ), recorded AS (
        INSERT INTO repayments (id, loan_id, officer_id, amount, currency, method, paid_at, paid_on, recorded_at,
                                business_date, reference, notes, received_by, meant_for_instalment_id, account_version)
        VALUES (:id, :loan_id, :officer_id, :amount, :currency, :method, :paid_at, :paid_on, :recorded_at,
                :business_date, :reference, :notes, :received_by, :meant_for_instalment_id, :account_version)
    ), allocated AS (
        INSERT INTO allocations (id, repayment_id, instalment_id, penalty, fee, interest, principal, created_at)
        SELECT posting.id, :id, instalment_id, penalty, fee, interest, principal, :recorded_at FROM posting
    ), paid AS (
        UPDATE instalments
           SET penalty_paid = penalty_paid + posting.penalty, fee_paid = fee_paid + posting.fee,
               interest_paid = interest_paid + posting.interest, principal_paid = principal_paid + posting.principal,
               status = posting.status, closed_at = CASE WHEN posting.status = 'PAID' THEN :paid_at END,
               updated_at = :recorded_at
          FROM posting
         WHERE instalments.id = posting.instalment_id
    )
    UPDATE loan_accounts
       SET version = :account_version, status = :account_status, disbursed_at = :disbursed_at, closed_at = :closed_at,
           paid = :paid, outstanding = :outstanding, outstanding_principal = :outstanding_principal
     WHERE loan_id = :loan_id
    """
)

_IS_INSTALMENT = select(instalments.c.id).where(
    instalments.c.loan_id == bindparam("loan_id"), instalments.c.id == bindparam("instalment_id")
)


def allocation_row(allocation: Allocation, *, repayment_id: UUID, instalment_id: UUID, at: datetime) -> dict[str, Any]:
    """A new allocation with the columns of its table, and the sequence of its instalment."""
    return {
        "id": new_id(),
        "repayment_id": repayment_id,
        "instalment_id": instalment_id,
        "sequence": allocation.sequence,
        "penalty": allocation.penalty,
        "fee": allocation.fee,
        "interest": allocation.interest,
        "principal": allocation.principal,
        "amount": allocation.total,
        "created_at": at,
    }


def account_for_update(connection: Connection, loan_id: UUID, officer_id: UUID | None) -> RowMapping | None:
    """The account, with the names around it, locked until the end of the transaction; only if it is this officer's.

    Whatever changes the account, its schedule or its repayments takes this lock first.
    """
    statement = _ACCOUNT if officer_id is None else _ACCOUNT_OF_OFFICER
    return connection.execute(statement, {"loan_id": loan_id, "officer_id": officer_id}).mappings().first()


def instalments_reached(connection: Connection, loan_id: UUID, amount: Decimal) -> Sequence[RowMapping]:
    """The unpaid instalments `amount` reaches, the oldest first: what is still owed by part, `total` and `paid`."""
    return connection.execute(_REACHED, {"loan_id": loan_id, "amount": amount}).mappings().all()


def is_instalment_of(connection: Connection, loan_id: UUID, instalment_id: UUID) -> bool:
    """Whether the instalment is one of the loan's."""
    return connection.execute(_IS_INSTALMENT, {"loan_id": loan_id, "instalment_id": instalment_id}).first() is not None


def write_repayment(connection: Connection, repayment: Row, postings: Sequence[dict[str, Any]], account: Row) -> None:
    """Insert a repayment with its allocations, and take it off its instalments and off the account."""
    connection.execute(
        _RECORD,
        {
            **repayment,
            "postings": orjson.dumps(postings, default=str).decode(),
            "account_status": account["status"],
            "disbursed_at": account["disbursed_at"],
            "closed_at": account["closed_at"],
            "paid": account["paid"],
            "outstanding": account["outstanding"],
            "outstanding_principal": account["outstanding_principal"],
        },
    )
