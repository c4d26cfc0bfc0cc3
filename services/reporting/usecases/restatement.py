"""What is published anew: what is known of loans, members and unions becomes what their owners have."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.domain.facts import UnionOfficer
from services.reporting.domain.members import member_parts
from services.reporting.domain.portfolio import Loan, parts_of_change, with_account, with_facts, with_repaid
from services.reporting.domain.sums import change
from services.reporting.queries import on_time_days, portfolio, restatement
from services.reporting.queries.lock import lock_loans, lock_members
from services.reporting.queries.restatement import Numbers
from services.reporting.steps.restated_events import RestatedAccount, RestatedLoan


def restate_loans(connection: Connection, restated: Sequence[RestatedLoan], *, today: date) -> None:
    """Keep loans as lending has them. What is newer stays, and what is known already leaves no trace."""
    newest = {one.state.loan_id: one for one in sorted(restated, key=lambda one: one.state.version)}
    before = _locked(connection, newest)
    newer = [one for loan_id, one in newest.items() if _facts_version(before[loan_id]) < one.state.version]
    if not newer:
        return
    numbers = [Numbers(one.state.loan_id, one.former_version, one.state.version) for one in newer]
    origins = [one.origin for one in newer if one.origin]
    changed = restatement.write_states(connection, numbers, origins, [one.state for one in newer])
    versions = [(one.state.loan_id, one.schedule.version if one.schedule else 0) for one in newer]
    schedules = [one.schedule for one in newer if one.schedule]
    changed += restatement.write_schedules(connection, versions, schedules)
    after = {one.state.loan_id: with_facts(before[one.state.loan_id], one.facts) for one in newer}
    _save(connection, before.values(), after.values())
    _note(connection, (day for _, day in changed), today=today)


def restate_accounts(connection: Connection, restated: Sequence[RestatedAccount], *, today: date) -> None:
    """Keep accounts as payments has them, with every fact and no other; what is newer stays."""
    newest = {one.loan_id: one for one in sorted(restated, key=lambda one: one.account.version)}
    before = _locked(connection, newest)
    newer = [one for loan_id, one in newest.items() if _account_version(before[loan_id]) < one.account.version]
    if not newer:
        return
    loans = [one.loan_id for one in newer]
    repayments = [repayment for one in newer for repayment in one.repayments]
    forgotten = restatement.forget_repayments(connection, loans, but=[repayment.id for repayment in repayments])
    added = portfolio.add_repayments(connection, repayments)
    charges = [charge for one in newer for charge in one.charges]
    changed = restatement.write_charges(connection, loans, charges)
    numbers = [Numbers(one.loan_id, one.former_version, one.account.version) for one in newer]
    restatement.forget_reallocations(connection, numbers)
    after = {one.loan_id: with_account(before[one.loan_id], one.account) for one in newer}
    for gone in forgotten:
        after[gone.loan_id] = with_repaid(after[gone.loan_id], gone.paid_on, -gone.amount)
    for repayment in added:
        after[repayment.loan_id] = with_repaid(after[repayment.loan_id], repayment.paid_on, repayment.amount)
    _save(connection, before.values(), after.values())
    days = [*(day for _, day in changed), *(one.paid_on for one in forgotten), *(one.paid_on for one in added)]
    # Where money was put between is forgotten as well, which nobody knows the days of.
    days += [loan.facts.disbursed_on for loan in after.values() if loan.facts and loan.facts.disbursed_on]
    _note(connection, days, today=today)


def restate_union_officer(connection: Connection, officer: UnionOfficer, former_version: int) -> None:
    """Keep who has a union as membership has it."""
    restatement.write_union_officer(connection, officer, former_version)


def remove_loans(connection: Connection, floor: int, *, today: date) -> None:
    """Take loans and loan types that lending does not have as deleted, and as if they had never been."""
    loans = restatement.loans_below(connection, floor)
    before = _locked(connection, loans)
    after = [
        replace(loan, facts=replace(loan.facts, is_deleted=True, version=floor))
        for loan in before.values()
        if loan.facts
    ]
    restatement.forget_loans(connection, loans)
    _save(connection, before.values(), after)
    _note(connection, (loan.facts.disbursed_on or today for loan in after if loan.facts), today=today)
    restatement.end_loan_types_below(connection, floor)


def remove_accounts(connection: Connection, floor: int, *, today: date) -> None:
    """Count nothing as paid on loans whose accounts payments does not have."""
    loans = restatement.accounts_below(connection, floor)
    before = _locked(connection, loans)
    forgotten = restatement.forget_repayments(connection, loans, but=())
    changed = restatement.write_charges(connection, loans, ())
    after = {loan_id: replace(loan, account=None) for loan_id, loan in before.items()}
    for gone in forgotten:
        after[gone.loan_id] = with_repaid(after[gone.loan_id], gone.paid_on, -gone.amount)
    _save(connection, before.values(), after.values())
    _note(connection, [*(day for _, day in changed), *(one.paid_on for one in forgotten)], today=today)


def remove_members(connection: Connection, floor: int) -> None:
    """Take members that membership does not have as deleted."""
    members = restatement.members_below(connection, floor)
    lock_members(connection, members)
    before = [member for member in portfolio.members(connection, members).values() if member]
    after = [replace(member, is_deleted=True, version=floor) for member in before]
    portfolio.save_members(connection, after)
    parts = zip(map(member_parts, before), map(member_parts, after), strict=True)
    portfolio.add_to_sums(connection, change(parts))


def _locked(connection: Connection, loans: Collection[UUID]) -> dict[UUID, Loan]:
    lock_loans(connection, loans)
    return portfolio.loans(connection, loans, with_repaid=loans)


def _save(connection: Connection, before: Iterable[Loan], after: Iterable[Loan]) -> None:
    former = {loan.id: loan for loan in before}
    changed = list(after)
    portfolio.save_loans(connection, changed)
    portfolio.add_to_sums(connection, change(parts_of_change(former[loan.id], loan) for loan in changed))


def _note(connection: Connection, days: Iterable[date], *, today: date) -> None:
    """The sums of days that are over are made anew from the earliest that changed."""
    earliest = min(days, default=today)
    if earliest < today:
        on_time_days.note(connection, earliest)


def _facts_version(loan: Loan) -> int:
    return loan.facts.version if loan.facts else 0


def _account_version(loan: Loan) -> int:
    return loan.account.version if loan.account else 0
