"""The portfolio: its loans and members follow the events, and the sums over them change by the difference."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.domain.members import Member, member_parts, newest
from services.reporting.domain.portfolio import (
    Account,
    Facts,
    Repayment,
    loan_parts,
    with_account,
    with_facts,
    with_repayment,
)
from services.reporting.domain.sums import change
from services.reporting.queries import portfolio
from services.reporting.queries.lock import lock_loans, lock_members


def update_loans(
    connection: Connection,
    *,
    facts: Sequence[tuple[UUID, Facts]] = (),
    accounts: Sequence[tuple[UUID, Account]] = (),
    repayments: Sequence[Repayment] = (),
) -> None:
    """Apply facts and accounts, by loan, and repayments. Each may come late, or twice."""
    loan_ids = {loan_id for loan_id, _ in (*facts, *accounts)} | {repayment.loan_id for repayment in repayments}
    lock_loans(connection, loan_ids)
    before = portfolio.loans(connection, loan_ids, with_repaid={loan_id for loan_id, _ in facts})
    after = dict(before)
    for loan_id, fact in facts:
        after[loan_id] = with_facts(after[loan_id], fact)
    for loan_id, account in accounts:
        after[loan_id] = with_account(after[loan_id], account)
    for repayment in portfolio.add_repayments(connection, repayments):
        after[repayment.loan_id] = with_repayment(after[repayment.loan_id], repayment)
    changed = [loan for loan in after.values() if loan is not before[loan.id]]
    portfolio.save_loans(connection, changed)
    parts = ((loan_parts(before[loan.id]), loan_parts(loan)) for loan in changed)
    portfolio.add_to_sums(connection, change(parts))


def update_members(connection: Connection, members: Sequence[Member]) -> None:
    """Apply members as membership reports them. Each may come late, or twice."""
    member_ids = {member.id for member in members}
    lock_members(connection, member_ids)
    before = portfolio.members(connection, member_ids)
    after = dict(before)
    for member in members:
        after[member.id] = newest(after[member.id], member)
    changed = [member for member in after.values() if member is not None and member is not before[member.id]]
    portfolio.save_members(connection, changed)
    parts = ((member_parts(before[member.id]), member_parts(member)) for member in changed)
    portfolio.add_to_sums(connection, change(parts))
