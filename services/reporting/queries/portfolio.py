"""Reads and writes of the loans and members in the portfolio, and of the running sums over them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Text, Uuid, bindparam, cast, func, select

from services.reporting.domain.members import Member
from services.reporting.domain.portfolio import Account, Facts, Loan, LoanStatus, Repayment
from services.reporting.domain.sums import SumKey
from services.reporting.models.portfolio import portfolio_loans, portfolio_members, portfolio_sums, repayments
from services.reporting.queries.due import due_of
from shared.postgres.recordset import ids_text, json_rows, recordset_statement
from shared.postgres.rows import plain_rows

# See `ids_text`.
_ids = cast(bindparam("ids", type_=Text), ARRAY(Uuid))
_LOANS = select(portfolio_loans).where(portfolio_loans.c.id == func.any(_ids))

# What falls due lies in the facts, so the database itself finds the oldest instalment that is not paid in full.
_OLDEST_DUE_ON = "due.due_on[width_bucket((changed.paid * 100)::bigint, due.total_by) + 1]"
_SAVE_LOANS = recordset_statement(
    f"""
    WITH changed AS MATERIALIZED (SELECT * FROM {{rows}}), {due_of("changed", loan_id="id")}
    INSERT INTO portfolio_loans
    SELECT id, version, union_id, status, principal, interest, created_at, created_on, disbursed_on, account_version,
           paid, outstanding, is_deleted, loan_number, member_id, loan_type_id, end_on, submitted_at, approved_at,
           closed_at, fee_collected, outstanding_principal,
           {_OLDEST_DUE_ON}, last_counts_from
      FROM changed LEFT JOIN due ON due.loan_id = id
     ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, union_id = excluded.union_id, status = excluded.status,
        principal = excluded.principal, interest = excluded.interest, created_at = excluded.created_at,
        created_on = excluded.created_on, disbursed_on = excluded.disbursed_on,
        account_version = excluded.account_version, paid = excluded.paid, outstanding = excluded.outstanding,
        is_deleted = excluded.is_deleted, loan_number = excluded.loan_number, member_id = excluded.member_id,
        loan_type_id = excluded.loan_type_id, end_on = excluded.end_on, submitted_at = excluded.submitted_at,
        approved_at = excluded.approved_at, closed_at = excluded.closed_at, fee_collected = excluded.fee_collected,
        outstanding_principal = excluded.outstanding_principal, oldest_due_on = excluded.oldest_due_on,
        last_counts_from = excluded.last_counts_from
    """,  # noqa: S608 - put together of constants; values are parameters
    rows=portfolio_loans,
)
# Most of what happens to loans is that something is paid, and all else of them need not travel for that.
_SAVE_ACCOUNTS = recordset_statement(
    f"""
    WITH changed AS MATERIALIZED (SELECT * FROM {{rows}}), {due_of("changed", loan_id="id")}
    UPDATE portfolio_loans AS loan SET
        account_version = changed.account_version, paid = changed.paid, outstanding = changed.outstanding,
        outstanding_principal = changed.outstanding_principal, oldest_due_on = {_OLDEST_DUE_ON},
        last_counts_from = changed.last_counts_from
      FROM changed LEFT JOIN due ON due.loan_id = changed.id WHERE loan.id = changed.id
    """,  # noqa: S608 - put together of constants; values are parameters
    rows="id uuid, account_version integer, paid numeric, outstanding numeric, outstanding_principal numeric, "
    "last_counts_from date",
)
_SAVE_MEMBERS = recordset_statement(
    """
    INSERT INTO portfolio_members SELECT * FROM {rows}
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, union_id = excluded.union_id, is_verified = excluded.is_verified,
        is_deleted = excluded.is_deleted, created_on = excluded.created_on
    """,
    rows=portfolio_members,
)
# Counted once, whenever it comes again; what one counted by the release before lacks is filled in.
_ADD_REPAYMENTS = recordset_statement(
    """
    INSERT INTO repayments SELECT * FROM {rows}
    ON CONFLICT (id) DO UPDATE SET
        kind = excluded.kind, account_version = excluded.account_version, recorded_at = excluded.recorded_at,
        recorded_on = excluded.recorded_on, penalty = excluded.penalty, fee = excluded.fee,
        interest = excluded.interest, principal = excluded.principal, reversal_of_id = excluded.reversal_of_id,
        union_id = excluded.union_id
    WHERE repayments.kind IS NULL
    RETURNING id, xmax = 0 AS is_new
    """,
    rows=repayments,
)
_ADD_TO_SUMS = recordset_statement(
    """
    INSERT INTO portfolio_sums SELECT * FROM {rows}
    ON CONFLICT (figure, slot, union_id) DO UPDATE SET total = portfolio_sums.total + excluded.total
    """,
    rows=portfolio_sums,
)


def loans(connection: Connection, ids: Collection[UUID], *, with_repaid: Collection[UUID]) -> dict[UUID, Loan]:
    """These loans; one without events is empty.

    What was repaid before is looked up for `with_repaid` only: it matters where a loan's union may change.
    """
    repaid = _repaid_by_month(connection, with_repaid)
    rows = plain_rows(connection.execute(_LOANS, {"ids": ids_text(ids)}))
    existing = {row.id: _loan(row, repaid[row.id]) for row in rows}
    return {loan_id: existing.get(loan_id) or Loan(loan_id, repaid=repaid[loan_id]) for loan_id in ids}


def save_loans(connection: Connection, changed: Sequence[Loan]) -> None:
    """Write loans."""
    if changed:
        connection.execute(_SAVE_LOANS, {"rows": json_rows(map(loan_values, changed))})


def save_accounts(connection: Connection, changed: Sequence[Loan]) -> None:
    """Write what was paid on loans that are there, under their locks."""
    if changed:
        connection.execute(_SAVE_ACCOUNTS, {"rows": json_rows(map(_account_values, changed))})


def add_repayments(connection: Connection, received: Sequence[Repayment]) -> list[Repayment]:
    """Write repayments; returns the new ones."""
    if not received:
        return []
    by_id = {repayment.id: repayment for repayment in received}
    # In the order of their ids, so that two who write the same ones do not wait for each other.
    values = (repayment_values(by_id[repayment_id]) for repayment_id in sorted(by_id))
    written = connection.execute(_ADD_REPAYMENTS, {"rows": json_rows(values)})
    return [by_id[row.id] for row in written if row.is_new]


def members(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Member | None]:
    """These members; None for one without events."""
    query = select(portfolio_members).where(portfolio_members.c.id == func.any(_ids))
    existing = {row.id: Member(**row._mapping) for row in connection.execute(query, {"ids": ids_text(ids)})}
    return {member_id: existing.get(member_id) for member_id in ids}


def save_members(connection: Connection, changed: Sequence[Member]) -> None:
    """Write members."""
    if changed:
        connection.execute(_SAVE_MEMBERS, {"rows": json_rows(map(_member_values, changed))})


def add_to_sums(connection: Connection, change: Mapping[SumKey, Decimal]) -> None:
    """Add to the running sums, always in the same order: each stays locked until the transaction has ended."""
    if change:
        rows = json_rows(key._asdict() | {"total": change[key]} for key in sorted(change))
        connection.execute(_ADD_TO_SUMS, {"rows": rows})


def _repaid_by_month(connection: Connection, loan_ids: Collection[UUID]) -> defaultdict[UUID, dict[str, Decimal]]:
    repaid: defaultdict[UUID, dict[str, Decimal]] = defaultdict(dict)
    if loan_ids:
        slot = func.to_char(repayments.c.paid_on, "YYYY-MM-01")  # as `month_slot` names it
        query = select(repayments.c.loan_id, slot.label("slot"), func.sum(repayments.c.amount).label("amount"))
        query = query.where(repayments.c.loan_id == func.any(_ids)).group_by(repayments.c.loan_id, slot)
        for row in connection.execute(query, {"ids": ids_text(loan_ids)}):
            repaid[row.loan_id][row.slot] = row.amount
    return repaid


def repayment_values(repayment: Repayment) -> dict[str, Any]:
    """A repayment by the columns of its table."""
    return {
        "id": repayment.id,
        "loan_id": repayment.loan_id,
        "amount": repayment.amount,
        "paid_on": repayment.paid_on,
        "kind": repayment.kind,
        "account_version": repayment.account_version,
        "recorded_at": repayment.recorded_at,
        "recorded_on": repayment.recorded_on,
        "penalty": repayment.split.penalty,
        "fee": repayment.split.fee,
        "interest": repayment.split.interest,
        "principal": repayment.split.principal,
        "reversal_of_id": repayment.reversal_of_id,
        "union_id": repayment.union_id,
    }


def _loan(row: Any, repaid: Mapping[str, Decimal]) -> Loan:
    facts = account = None
    if row.version:
        facts = Facts(
            version=row.version,
            union_id=row.union_id,
            status=LoanStatus(row.status),
            principal=row.principal,
            interest=row.interest,
            created_at=row.created_at,
            created_on=row.created_on,
            disbursed_on=row.disbursed_on,
            is_deleted=row.is_deleted,
            loan_number=row.loan_number,
            member_id=row.member_id,
            loan_type_id=row.loan_type_id,
            end_on=row.end_on,
            submitted_at=row.submitted_at,
            approved_at=row.approved_at,
            closed_at=row.closed_at,
            fee_collected=row.fee_collected,
        )
    if row.account_version:
        account = Account(row.account_version, row.paid, row.outstanding, row.outstanding_principal)
    return Loan(row.id, facts, account, repaid, row.last_counts_from)


def loan_values(loan: Loan) -> dict[str, Any]:
    """A loan by the columns of its table, but for `oldest_due_on`, which the facts say."""
    facts = loan.facts
    return _account_values(loan) | {
        "version": facts.version if facts else 0,
        "union_id": facts and facts.union_id,
        "status": facts and facts.status,
        "principal": facts and facts.principal,
        "interest": facts and facts.interest,
        "created_at": facts and facts.created_at,
        "created_on": facts and facts.created_on,
        "disbursed_on": facts and facts.disbursed_on,
        "is_deleted": facts is not None and facts.is_deleted,
        "loan_number": facts and facts.loan_number,
        "member_id": facts and facts.member_id,
        "loan_type_id": facts and facts.loan_type_id,
        "end_on": facts and facts.end_on,
        "submitted_at": facts and facts.submitted_at,
        "approved_at": facts and facts.approved_at,
        "closed_at": facts and facts.closed_at,
        "fee_collected": facts and facts.fee_collected,
    }


def _account_values(loan: Loan) -> dict[str, Any]:
    return {
        "id": loan.id,
        "account_version": loan.account.version if loan.account else 0,
        "paid": loan.paid,
        "outstanding": loan.outstanding,
        "outstanding_principal": loan.outstanding_principal,
        "last_counts_from": loan.last_counts_from,
    }


def _member_values(member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "version": member.version,
        "union_id": member.union_id,
        "is_verified": member.is_verified,
        "is_deleted": member.is_deleted,
        "created_on": member.created_on,
    }
