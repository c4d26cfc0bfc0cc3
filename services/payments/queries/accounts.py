"""The account of a loan under its lock: read, and written to when money comes in. Few statements, each made once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, Connection, Numeric, RowMapping, Uuid, bindparam, func, select

from services.payments.domain.allocation import INSTALMENT_ORDER, Allocation
from services.payments.models.ledger import Row, instalments, loan_accounts, repayments
from services.payments.queries.loans import LOAN_IN_SHORT
from shared.context import Actor
from shared.directory.scope import scope
from shared.ids import new_id
from shared.postgres.recordset import json_rows, recordset_statement

_LOCKED = LOAN_IN_SHORT.where(~loan_accounts.c.is_deleted).with_for_update(of=loan_accounts)
_ACCOUNT = _LOCKED.where(loan_accounts.c.loan_id == bindparam("loan_id"))
_ACCOUNT_OF_OFFICER = _ACCOUNT.where(loan_accounts.c.officer_id == bindparam("officer_id"))
_AMONG = loan_accounts.c.loan_id == func.any(bindparam("loan_ids", type_=ARRAY(Uuid)))
_ACCOUNTS_OF_UNION = _LOCKED.where(_AMONG, loan_accounts.c.union_id == bindparam("union_id")).order_by(
    loan_accounts.c.loan_id
)
_FREE_ACCOUNTS = (
    LOAN_IN_SHORT.where(~loan_accounts.c.is_deleted).where(_AMONG).with_for_update(of=loan_accounts, skip_locked=True)
)
_of_repayment = select(repayments.c.loan_id).where(repayments.c.id == bindparam("repayment_id")).scalar_subquery()
_ACCOUNT_OF_REPAYMENT = _LOCKED.where(loan_accounts.c.loan_id == _of_repayment)

# Which instalments an amount reaches follows from the order they are paid in; where on them it goes, `allocate` says.
_owed = instalments.c.total - instalments.c.paid
_up_to_here = func.sum(_owed).over(
    partition_by=instalments.c.loan_id, order_by=[instalments.c[name] for name in INSTALMENT_ORDER]
)
_open = select(
    instalments.c.loan_id,
    instalments.c.id.label("instalment_id"),
    instalments.c.sequence,
    instalments.c.due_on,
    (instalments.c.penalty - instalments.c.penalty_paid).label("penalty"),
    (instalments.c.fee - instalments.c.fee_paid).label("fee"),
    (instalments.c.interest - instalments.c.interest_paid).label("interest"),
    (instalments.c.principal - instalments.c.principal_paid).label("principal"),
    instalments.c.total,
    instalments.c.paid,
    (_up_to_here - _owed).label("owed_before"),
).where(instalments.c.closed_at.is_(None))
_of_loan = _open.where(instalments.c.loan_id == bindparam("loan_id")).subquery()
_REACHED = (
    select(_of_loan)
    .where(_of_loan.c.owed_before < bindparam("amount"))
    .order_by(*(_of_loan.c[name] for name in INSTALMENT_ORDER))
)
_of_loans = _open.where(instalments.c.loan_id == func.any(bindparam("loan_ids", type_=ARRAY(Uuid)))).subquery()
_paid = (
    func.unnest(bindparam("loan_ids", type_=ARRAY(Uuid)), bindparam("amounts", type_=ARRAY(Numeric)))
    .table_valued(Column("loan_id", Uuid), Column("amount", Numeric))
    .render_derived("paid")
)
_REACHED_BY_LOAN = (
    select(_of_loans)
    .join(_paid, _paid.c.loan_id == _of_loans.c.loan_id)
    .where(_of_loans.c.owed_before < _paid.c.amount)
    .order_by(*(_of_loans.c[name] for name in INSTALMENT_ORDER))
)

# One statement instead of four, for however many: a round trip costs more than the work it asks for.
_RECORD = recordset_statement(
    """
    WITH repayment AS (
        SELECT * FROM {repayments}
    ), posting AS (
        SELECT * FROM {postings}
    ), account AS (
        SELECT * FROM {accounts}
    ), recorded AS (
        INSERT INTO repayments (id, loan_id, officer_id, amount, currency, method, paid_at, paid_on, recorded_at,
                                business_date, reference, notes, received_by, meant_for_instalment_id, account_version,
                                kind)
        SELECT * FROM repayment
    ), allocated AS (
        INSERT INTO allocations (id, repayment_id, instalment_id, penalty, fee, interest, principal, created_at)
        SELECT id, repayment_id, instalment_id, penalty, fee, interest, principal, created_at FROM posting
    ), paid AS (
        UPDATE instalments
           SET penalty_paid = penalty_paid + posting.penalty, fee_paid = fee_paid + posting.fee,
               interest_paid = interest_paid + posting.interest, principal_paid = principal_paid + posting.principal,
               status = posting.status, closed_at = posting.closed_at, updated_at = posting.created_at
          FROM posting
         WHERE instalments.id = posting.instalment_id
    )
    UPDATE loan_accounts
       SET version = account.version, status = account.status, disbursed_at = account.disbursed_at,
           closed_at = account.closed_at, paid = account.paid, outstanding = account.outstanding,
           outstanding_principal = account.outstanding_principal, last_paid_on = account.last_paid_on
      FROM account
     WHERE loan_accounts.loan_id = account.loan_id
    """,
    repayments="""
        id uuid, loan_id uuid, officer_id uuid, amount numeric, currency text, method text, paid_at timestamptz,
        paid_on date, recorded_at timestamptz, business_date date, reference text, notes text, received_by uuid,
        meant_for_instalment_id uuid, account_version integer, kind text
    """,
    postings="""
        id uuid, repayment_id uuid, instalment_id uuid, penalty numeric, fee numeric, interest numeric,
        principal numeric, status text, closed_at timestamptz, created_at timestamptz
    """,
    accounts="""
        loan_id uuid, version integer, status text, disbursed_at timestamptz, closed_at timestamptz, paid numeric,
        outstanding numeric, outstanding_principal numeric, last_paid_on date
    """,
)
_TOLD_OF_REPAYMENT = (
    "id", "loan_id", "officer_id", "amount", "currency", "method", "paid_at", "paid_on", "recorded_at",
    "business_date", "reference", "notes", "received_by", "meant_for_instalment_id", "account_version", "kind",
)  # fmt: skip
_TOLD_OF_ACCOUNT = (
    "loan_id", "version", "status", "disbursed_at", "closed_at", "paid", "outstanding", "outstanding_principal",
    "last_paid_on",
)  # fmt: skip

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


def accounts_for_update(connection: Connection, loan_ids: Collection[UUID], union_id: UUID) -> dict[UUID, RowMapping]:
    """The same for many loans, those of a union only: locked one after the other in the order of their ids, so that
    two who want some of the same never wait for each other crosswise."""
    values = {"loan_ids": list(loan_ids), "union_id": union_id}
    return {row["loan_id"]: row for row in connection.execute(_ACCOUNTS_OF_UNION, values).mappings()}


def free_accounts_for_update(connection: Connection, loan_ids: Collection[UUID]) -> dict[UUID, RowMapping]:
    """The same for many loans of whatever officer, without those that somebody else has locked."""
    rows = connection.execute(_FREE_ACCOUNTS, {"loan_ids": list(loan_ids)}).mappings()
    return {row["loan_id"]: row for row in rows}


def account_in_scope(connection: Connection, loan_id: UUID, actor: Actor) -> RowMapping | None:
    """The same, if the actor may see it."""
    statement = _ACCOUNT.where(scope(actor, loan_accounts.c.officer_id))
    return connection.execute(statement, {"loan_id": loan_id}).mappings().first()


def account_of_repayment(connection: Connection, repayment_id: UUID) -> RowMapping | None:
    """The same, of whatever loan a repayment was made on."""
    return connection.execute(_ACCOUNT_OF_REPAYMENT, {"repayment_id": repayment_id}).mappings().first()


def instalments_reached(connection: Connection, loan_id: UUID, amount: Decimal) -> Sequence[RowMapping]:
    """The unpaid instalments `amount` reaches, the oldest first: what is still owed by part, `total` and `paid`."""
    return connection.execute(_REACHED, {"loan_id": loan_id, "amount": amount}).mappings().all()


def instalments_reached_by(connection: Connection, amounts: Mapping[UUID, Decimal]) -> dict[UUID, list[RowMapping]]:
    """The same for many loans and the amount paid on each."""
    found: dict[UUID, list[RowMapping]] = {loan_id: [] for loan_id in amounts}
    values = {"loan_ids": list(amounts), "amounts": list(amounts.values())}
    for row in connection.execute(_REACHED_BY_LOAN, values).mappings():
        found[row["loan_id"]].append(row)
    return found


def is_instalment_of(connection: Connection, loan_id: UUID, instalment_id: UUID) -> bool:
    """Whether the instalment is one of the loan's."""
    return connection.execute(_IS_INSTALMENT, {"loan_id": loan_id, "instalment_id": instalment_id}).first() is not None


def write_repayments(connection: Connection, recorded: Sequence[tuple[Row, Sequence[Row], Row]]) -> None:
    """Insert repayments, each with its allocations, and take it off its instalments and off its account.

    Each comes as the repayment, its allocations with what they make of their instalments, and the account after it; no
    two of one loan.
    """
    connection.execute(
        _RECORD,
        {
            "repayments": json_rows({name: row[name] for name in _TOLD_OF_REPAYMENT} for row, _, _ in recorded),
            "postings": json_rows(posting for _, postings, _ in recorded for posting in postings),
            "accounts": json_rows({name: row[name] for name in _TOLD_OF_ACCOUNT} for _, _, row in recorded),
        },
    )
