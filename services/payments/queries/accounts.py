"""The account of a loan under its lock: read, and written to when money comes in. Few statements, each made once."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, Connection, Numeric, Select, Uuid, bindparam, func, select

from services.payments.domain.account import Account
from services.payments.domain.allocation import INSTALMENT_ORDER
from services.payments.models.ledger import instalments, loan_accounts, repayments
from services.payments.models.rows import LoanInShort, NewAllocation, RepaymentRow, UnpaidInstalment
from services.payments.queries.loans import LOAN_IN_SHORT
from services.payments.queries.rows import columns_of, row_of, rows_of
from shared.context import Actor
from shared.directory.scope import scope
from shared.postgres.recordset import json_rows, recordset_statement

_LOCKED = LOAN_IN_SHORT.where(~loan_accounts.c.is_deleted).with_for_update(of=loan_accounts)
_ACCOUNT = _LOCKED.where(loan_accounts.c.loan_id == bindparam("loan_id"))
_AMONG = loan_accounts.c.loan_id == func.any(bindparam("loan_ids", type_=ARRAY(Uuid)))
_ACCOUNTS = _LOCKED.where(_AMONG).order_by(loan_accounts.c.loan_id)
_ACCOUNTS_OF_UNION = _ACCOUNTS.where(loan_accounts.c.union_id == bindparam("union_id"))
_FREE = LOAN_IN_SHORT.where(~loan_accounts.c.is_deleted).with_for_update(of=loan_accounts, skip_locked=True)
_FREE_ACCOUNTS = _FREE.where(_AMONG)
# The server plans what looks for any of several anew each time, and this five joins only five times.
_FREE_ACCOUNT = _FREE.where(loan_accounts.c.loan_id == bindparam("loan_id"))
_of_repayment = select(repayments.c.loan_id).where(repayments.c.id == bindparam("repayment_id")).scalar_subquery()
_ACCOUNT_OF_REPAYMENT = _LOCKED.where(loan_accounts.c.loan_id == _of_repayment)

# Which instalments an amount reaches follows from the order they are paid in; where on them it goes, `allocate` says.
_owed = instalments.c.total - instalments.c.paid
_up_to_here = func.sum(_owed).over(
    partition_by=instalments.c.loan_id, order_by=[instalments.c[name] for name in INSTALMENT_ORDER]
)
_open = select(
    *columns_of(
        UnpaidInstalment,
        instalments,
        instalment_id=instalments.c.id,
        penalty=instalments.c.penalty - instalments.c.penalty_paid,
        fee=instalments.c.fee - instalments.c.fee_paid,
        interest=instalments.c.interest - instalments.c.interest_paid,
        principal=instalments.c.principal - instalments.c.principal_paid,
    ),
    (_up_to_here - _owed).label("owed_before"),
).where(instalments.c.closed_at.is_(None))
_of_loan = _open.where(instalments.c.loan_id == bindparam("loan_id")).subquery()
_REACHED = (
    select(*columns_of(UnpaidInstalment, _of_loan))
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
    select(*columns_of(UnpaidInstalment, _of_loans))
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
_LOANS_OF_INSTALMENTS = select(instalments.c.id, instalments.c.loan_id).where(
    instalments.c.id == func.any(bindparam("instalment_ids", type_=ARRAY(Uuid)))
)


def accounts_for_update(connection: Connection, loan_ids: Collection[UUID]) -> dict[UUID, LoanInShort]:
    """The accounts of loans by their ids, with the names around them, locked until the end of the transaction.

    Whatever changes an account, its schedule or its repayments takes this lock first. They are locked one after the
    other in the order of their ids, so that two who want some of the same never wait for each other crosswise.
    """
    return _by_loan(connection, _ACCOUNTS, {"loan_ids": list(loan_ids)})


def accounts_of_union_for_update(
    connection: Connection, loan_ids: Collection[UUID], union_id: UUID
) -> dict[UUID, LoanInShort]:
    """What `accounts_for_update` returns, of loans of one union only."""
    return _by_loan(connection, _ACCOUNTS_OF_UNION, {"loan_ids": list(loan_ids), "union_id": union_id})


def free_accounts_for_update(connection: Connection, loan_ids: Collection[UUID]) -> dict[UUID, LoanInShort]:
    """What `accounts_for_update` returns, without the accounts that somebody else has locked."""
    if len(loan_ids) == 1:
        return _by_loan(connection, _FREE_ACCOUNT, {"loan_id": next(iter(loan_ids))})
    return _by_loan(connection, _FREE_ACCOUNTS, {"loan_ids": list(loan_ids)})


def _by_loan(connection: Connection, statement: Select[Any], values: dict[str, Any]) -> dict[UUID, LoanInShort]:
    return {row.loan_id: row for row in rows_of(LoanInShort, connection.execute(statement, values))}


def account_in_scope(connection: Connection, loan_id: UUID, actor: Actor) -> LoanInShort | None:
    """The account of a loan under its lock, if the actor may see it."""
    statement = _ACCOUNT.where(scope(actor, loan_accounts.c.officer_id))
    return row_of(LoanInShort, connection.execute(statement, {"loan_id": loan_id}))


def account_of_repayment(connection: Connection, repayment_id: UUID) -> LoanInShort | None:
    """The account of the loan that a repayment was made on, under its lock."""
    return row_of(LoanInShort, connection.execute(_ACCOUNT_OF_REPAYMENT, {"repayment_id": repayment_id}))


def instalments_reached(connection: Connection, amounts: Mapping[UUID, Decimal]) -> dict[UUID, list[UnpaidInstalment]]:
    """By loan, the unpaid instalments that the amount paid on it reaches, the oldest first."""
    found: dict[UUID, list[UnpaidInstalment]] = {loan_id: [] for loan_id in amounts}
    if len(amounts) == 1:
        ((loan_id, amount),) = amounts.items()
        result = connection.execute(_REACHED, {"loan_id": loan_id, "amount": amount})
    else:
        values = {"loan_ids": list(amounts), "amounts": list(amounts.values())}
        result = connection.execute(_REACHED_BY_LOAN, values)
    for row in rows_of(UnpaidInstalment, result):
        found[row.loan_id].append(row)
    return found


def loans_of_instalments(connection: Connection, instalment_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Of which loans these instalments are, by the ids of the instalments."""
    if not instalment_ids:
        return {}
    rows = connection.execute(_LOANS_OF_INSTALMENTS, {"instalment_ids": list(instalment_ids)})
    return {row.id: row.loan_id for row in rows}


def write_repayments(
    connection: Connection, recorded: Sequence[tuple[RepaymentRow, Sequence[NewAllocation], Account]]
) -> None:
    """Insert repayments, each with its allocations, and take it off its instalments and off its account.

    Each comes as the repayment, its allocations, and the account after it; no two of one loan.
    """
    connection.execute(
        _RECORD,
        {
            "repayments": json_rows(repayment for repayment, _, _ in recorded),
            "postings": json_rows(allocation for _, allocations, _ in recorded for allocation in allocations),
            "accounts": json_rows(_changed_by_money(account) for _, _, account in recorded),
        },
    )


def _changed_by_money(account: Account) -> dict[str, Any]:
    return {
        "loan_id": account.loan_id,
        "version": account.version,
        "status": account.status,
        "disbursed_at": account.disbursed_at,
        "closed_at": account.closed_at,
        "paid": account.paid,
        "outstanding": account.outstanding,
        "outstanding_principal": account.outstanding_principal,
        "last_paid_on": account.last_paid_on,
    }
