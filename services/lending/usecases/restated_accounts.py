"""Accounts that payments publishes anew, with every fact of them: what is kept of a loan becomes what payments has."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.lending.domain.loan import LoanAction, LoanStatus, is_possible
from services.lending.domain.progress import InstalmentStatus
from services.lending.models import Loan
from services.lending.queries import accounts, restatement
from services.lending.queries.accounts import AccountRow, LineRow, LockedLoan, RepaymentRow
from services.lending.steps import closure, disbursement
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Moment, Payload

_NOT_YET_ACTIVE = frozenset({LoanStatus.APPROVED, LoanStatus.PENDING_APPROVAL})


class RecordedRepayment(Payload):
    """A repayment, or a reversal with the negative of its amount."""

    repayment_id: UUID
    kind: str
    amount: Decimal
    currency: str
    method: str
    paid_at: Moment
    paid_on: date
    recorded_at: Moment
    received_by: UUID
    allocations: list[Any]
    reference: str | None = None
    notes: str | None = None
    reversal_of_id: UUID | None = None


class InstalmentState(Payload):
    instalment_id: UUID
    sequence: int
    due_on: date
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    is_charge_line: bool
    paid: Decimal
    status: InstalmentStatus
    closed_at: Moment | None


class AccountState(Payload):
    version: int
    schedule_version: int
    paid: Decimal
    outstanding: Decimal
    settled: bool
    instalments: list[InstalmentState]
    closed_at: Moment | None = None


class AccountRestated(Payload):
    loan_id: UUID
    repayments: list[RecordedRepayment]
    account: AccountState


Restated = Sequence[tuple[AccountRestated, Envelope]]


def follow_restated_accounts(uow: UnitOfWork, events: Restated) -> None:
    """Keep of each loan the repayments that payments has, and no others, where they are now, and how far instalments
    are paid; older versions change nothing. What that means for the life of the loan happens, where it has not.

    Raises CauseMissing for loans that are not known yet.
    """
    newest = {event.loan_id: (event, envelope) for event, envelope in sorted(events, key=_version)}
    loans = accounts.locked_accounts(uow.session, newest.keys())
    if missing := newest.keys() - loans.keys():
        waiting = [envelope.id for event, envelope in events if event.loan_id in missing]
        raise CauseMissing("the loan is not known yet", waiting)
    newer = [one for one in newest.values() if loans[one[0].loan_id].account_version < one[0].account.version]
    if newer:
        _keep(uow, newer)
    for event, envelope in newer:
        uow.cause, uow.context = envelope.id, envelope.context()
        _follow_life(uow, loans, event, envelope)


def _version(event: tuple[AccountRestated, Envelope]) -> int:
    return event[0].account.version


def _keep(uow: UnitOfWork, restated: Restated) -> None:
    loan_ids = [event.loan_id for event, _ in restated]
    repayments = [_repayment(event, one) for event, _ in restated for one in event.repayments]
    lines = [_line(event, line) for event, _ in restated for line in event.account.instalments]
    restatement.forget_repayments(uow.session, loan_ids, but=[row["repayment_id"] for row in repayments])
    charge_lines = [row["instalment_id"] for row in lines if row["is_charge_line"]]
    restatement.forget_charge_lines(uow.session, loan_ids, but=charge_lines)
    made_at = {event.loan_id: envelope.occurred_at for event, envelope in restated}
    accounts.add_charge_lines(uow.session, [{**row, "at": made_at[row["loan_id"]]} for row in lines])
    accounts.keep(uow.session, repayments, [_account(event) for event, _ in restated], lines)
    accounts.reallocate(
        uow.session,
        [
            {"repayment_id": row["repayment_id"], "allocations": row["allocations"], "version": row["version"]}
            for row in repayments
        ],
    )


def _repayment(event: AccountRestated, repayment: RecordedRepayment) -> RepaymentRow:
    return {
        "repayment_id": repayment.repayment_id,
        "loan_id": event.loan_id,
        "amount": repayment.amount,
        "currency": repayment.currency,
        "method": repayment.method,
        "paid_at": repayment.paid_at,
        "recorded_at": repayment.recorded_at,
        "reference": repayment.reference,
        "notes": repayment.notes,
        "received_by": repayment.received_by,
        "kind": repayment.kind,
        "reversal_of_id": repayment.reversal_of_id,
        "allocations": repayment.allocations,
        "version": event.account.version,
    }


def _account(event: AccountRestated) -> AccountRow:
    account = event.account
    return {
        "loan_id": event.loan_id,
        "version": account.version,
        "paid": account.paid,
        "outstanding": account.outstanding,
    }


def _line(event: AccountRestated, line: InstalmentState) -> LineRow:
    """Without when it changed: it did not."""
    return {
        "instalment_id": line.instalment_id,
        "loan_id": event.loan_id,
        "schedule_version": event.account.schedule_version,
        "sequence": line.sequence,
        "due_on": line.due_on,
        "penalty": line.penalty,
        "fee": line.fee,
        "interest": line.interest,
        "is_charge_line": line.is_charge_line,
        "paid": line.paid,
        "status": line.status,
        "closed_at": line.closed_at,
        "version": event.account.version,
    }


def _follow_life(uow: UnitOfWork, loans: Mapping[UUID, LockedLoan], event: AccountRestated, envelope: Envelope) -> None:
    before, at = loans[event.loan_id], envelope.occurred_at
    taken_back = {repayment.reversal_of_id for repayment in event.repayments}
    live = [one for one in event.repayments if one.amount > 0 and one.repayment_id not in taken_back]
    if live and (before.status in _NOT_YET_ACTIVE or before.deleted_at):
        _disburse(uow, event.loan_id, live[0])
    loan = uow.session.get_one(Loan, event.loan_id)
    if event.account.settled and live and is_possible(loan.status, LoanAction.COMPLETE):
        closure.complete(uow, loan, at=at, closed_at=event.account.closed_at or live[-1].paid_at)
    elif not event.account.settled and is_possible(loan.status, LoanAction.REOPEN):
        closure.reopen(uow, loan, at=at)


def _disburse(uow: UnitOfWork, loan_id: UUID, first: RecordedRepayment) -> None:
    loan, at = uow.session.get_one(Loan, loan_id), first.recorded_at
    if loan.deleted_at:
        closure.bring_back(uow, loan, at=at)
    if loan.status in _NOT_YET_ACTIVE:
        disbursement.disburse_by_payment(uow, loan, paid_on=first.paid_on, paid_at=first.paid_at, at=at)
