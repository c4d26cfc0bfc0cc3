"""The portfolio: its loans and members follow the events, and the sums over them change by the difference."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from services.reporting.domain.facts import UnionOfficer
from services.reporting.domain.members import Member, member_parts, newest
from services.reporting.domain.portfolio import (
    has_same_facts,
    parts_of_change,
    with_account,
    with_day,
    with_facts,
    with_repayment,
)
from services.reporting.domain.sums import change
from services.reporting.queries import facts, portfolio
from services.reporting.queries.lock import lock_loans, lock_members
from services.reporting.steps.late_facts import note_what_came_late
from services.reporting.steps.loan_events import Brought


def update_loans(connection: Connection, brought: Brought, *, today: date) -> None:
    """Keep the facts that events bring of loans, and apply them to the portfolio. Each may come late, or twice; what
    counts from a day before today is noted for the sums of days that are over."""
    days = list(brought.days())
    loan_ids = {loan_id for loan_id, _ in (*brought.facts, *brought.accounts, *days)}
    lock_loans(connection, loan_ids)
    facts.add_states(connection, brought.states)
    facts.add_schedules(connection, brought.schedules)
    facts.add_charges(connection, brought.charges)
    facts.add_reallocations(connection, brought.reallocations)
    facts.add_ahead(connection, list(brought.ahead()))
    before = portfolio.loans(connection, loan_ids, with_repaid={loan_id for loan_id, _ in brought.facts})
    after = dict(before)
    for loan_id, fact in brought.facts:
        after[loan_id] = with_facts(after[loan_id], fact)
    for loan_id, account in brought.accounts:
        after[loan_id] = with_account(after[loan_id], account)
    for loan_id, day in days:
        after[loan_id] = with_day(after[loan_id], day)
    for repayment in portfolio.add_repayments(connection, brought.repayments):
        after[repayment.loan_id] = with_repayment(after[repayment.loan_id], repayment)
    changed = [loan for loan in after.values() if loan is not before[loan.id]]
    # What falls due may be older news than all else that is known of a loan.
    late = [loan for loan in after.values() if loan is before[loan.id] and loan.id in brought.due_changed]
    paid = [loan for loan in changed if has_same_facts(before[loan.id], loan)]
    portfolio.save_loans(connection, [loan for loan in changed if not has_same_facts(before[loan.id], loan)] + late)
    portfolio.save_accounts(connection, paid)
    note_what_came_late(connection, brought, ((before[loan.id], loan) for loan in changed), today=today)
    portfolio.add_to_sums(connection, change(parts_of_change(before[loan.id], loan) for loan in changed))


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


def update_union_officers(connection: Connection, officers: Sequence[UnionOfficer]) -> None:
    """Keep who has unions since when. Each may come late, or twice."""
    facts.add_union_officers(connection, officers)
