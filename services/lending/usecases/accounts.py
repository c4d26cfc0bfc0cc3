"""What payments publishes of a loan's account: kept to be shown with the loan, and what it means for its life."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from msgspec.structs import asdict

from services.lending.domain.loan import LoanAction, LoanStatus, is_possible
from services.lending.domain.progress import InstalmentStatus
from services.lending.models import Loan
from services.lending.queries import accounts
from services.lending.queries.accounts import AccountRow, LineRow, LockedLoan, ReallocationRow, RepaymentRow
from services.lending.steps import closure, disbursement
from shared.db import UnitOfWork
from shared.epochs import start_of
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Moment, Payload

Loans = Mapping[UUID, LockedLoan]

# Money was accepted on a loan that payments knew as approved or active; undoing that step was on its way.
_NOT_YET_ACTIVE = frozenset({LoanStatus.APPROVED, LoanStatus.PENDING_APPROVAL})


class InstalmentState(Payload):
    """How far an instalment is paid; and what falls due on it, where that may have changed."""

    instalment_id: UUID
    sequence: int
    paid: Decimal
    status: InstalmentStatus
    closed_at: Moment | None
    due_on: date | None = None
    penalty: Decimal | None = None
    fee: Decimal | None = None
    interest: Decimal | None = None
    is_charge_line: bool | None = None


class AccountState(Payload):
    """What is paid and owed on a loan, and the instalments whose state changed."""

    version: int
    schedule_version: int
    paid: Decimal
    outstanding: Decimal
    settled: bool
    instalments: list[InstalmentState]
    closed_at: Moment | None = None


class AccountEvent(Payload, kw_only=True):
    """Something changed what is paid or falls due on a loan. Events of older releases do not say when it was recorded,
    unless it was a repayment or a reversal."""

    loan_id: UUID
    account: AccountState
    recorded_at: Moment | None = None


class RepaymentRecorded(AccountEvent):
    """Money received on a loan. Where it went is kept and shown as it was published: nothing here reads it."""

    repayment_id: UUID
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
    kind: str = "REPAYMENT"


class RepaymentReversed(AccountEvent):
    """A repayment taken back."""

    reversal_id: UUID
    repayment_id: UUID
    amount: Decimal
    currency: str
    method: str
    reason: str
    reversed_by: UUID
    reversed_at: Moment
    recorded_at: Moment


class Reallocation(Payload):
    """Where a repayment went."""

    repayment_id: UUID
    allocations: list[Any]


class AccountReplayed(AccountEvent):
    """Every repayment of a loan put on its schedule again."""

    repayments: list[Reallocation]


Fact = tuple[AccountEvent, Envelope]


def follow_accounts(uow: UnitOfWork, events: Sequence[Fact]) -> None:
    """Keep repayments and reversals, where they went, and what falls due and is owed after them.

    The first repayment on an approved loan disburses it, what settles a loan completes it, and what makes a completed
    one owe again reopens it. Raises CauseMissing when a loan, or an earlier fact something builds on, has not
    arrived yet.
    """
    facts = sorted(events, key=lambda fact: fact[0].account.version)
    loans = _locked_loans(uow, facts)
    first_ones = _first_on_approved(loans, facts)
    lines = _lines(facts)
    accounts.add_charge_lines(uow.session, lines)
    accounts.keep(uow.session, _repayments(facts), _accounts(facts), lines)
    _reallocate(uow, facts)
    for event, envelope in facts:
        uow.cause, uow.context = envelope.id, envelope.context()
        if isinstance(event, RepaymentRecorded) and envelope.id in first_ones:
            _disburse(uow, event)
        if event.account.settled or is_possible(loans[event.loan_id].status, LoanAction.REOPEN):
            _close_or_reopen(uow, event, envelope)


def _locked_loans(uow: UnitOfWork, facts: Sequence[Fact]) -> Loans:
    loan_ids = {event.loan_id for event, _ in facts}
    loans = accounts.locked_accounts(uow.session, loan_ids)
    if missing := loan_ids - loans.keys():
        waiting = [envelope.id for event, envelope in facts if event.loan_id in missing]
        raise CauseMissing("the loan is not known yet", waiting)
    return loans


def _first_on_approved(loans: Loans, facts: Sequence[Fact]) -> set[UUID]:
    """The events of repayments that disburse their loan, or bring a deleted one back. Only the first repayment says
    when that was, so a later fact that overtook it has to wait."""
    firsts: dict[UUID, UUID] = {}
    waiting: list[UUID] = []
    applied = {loan.id: loan.account_version for loan in loans.values()}
    for event, envelope in facts:
        loan, version = loans[event.loan_id], event.account.version
        if loan.id in firsts or not (loan.status in _NOT_YET_ACTIVE or loan.deleted_at):
            continue
        if version <= applied[loan.id]:
            # Published again. What it meant for the loan has happened, and may have been undone since.
            continue
        if version > (applied[loan.id] or start_of(version)) + 1:
            waiting.append(envelope.id)
            continue
        applied[loan.id] = version
        if isinstance(event, RepaymentRecorded):
            firsts[loan.id] = envelope.id
    if waiting:
        raise CauseMissing("an earlier fact of the account of the loan is not known yet", waiting)
    return set(firsts.values())


def _repayments(facts: Sequence[Fact]) -> list[RepaymentRow]:
    received: list[RepaymentRow] = []
    for event, _ in facts:
        if isinstance(event, RepaymentRecorded):
            received.append(_repayment(event))
        elif isinstance(event, RepaymentReversed):
            received.append(_reversal(event))
    return received


def _reallocate(uow: UnitOfWork, facts: Sequence[Fact]) -> None:
    """Of several facts about where the same repayment went the newest, which comes last, counts."""
    moved: dict[UUID, ReallocationRow] = {}
    for event, _ in facts:
        for repayment in _moved_by(event):
            moved[repayment.repayment_id] = {
                "repayment_id": repayment.repayment_id,
                "allocations": repayment.allocations,
                "version": event.account.version,
            }
    if moved and (missing := moved.keys() - accounts.existing_repayments(uow.session, moved.keys())):
        waiting = [envelope.id for event, envelope in facts if missing & {one.repayment_id for one in _moved_by(event)}]
        raise CauseMissing("a repayment that was reversed or moved is not known yet", waiting)
    accounts.reallocate(uow.session, list(moved.values()))


def _moved_by(event: AccountEvent) -> list[Reallocation]:
    """Where repayments are by this fact; one that was taken back is nowhere."""
    if isinstance(event, RepaymentReversed):
        return [Reallocation(event.repayment_id, [])]
    return event.repayments if isinstance(event, AccountReplayed) else []


def _repayment(event: RepaymentRecorded) -> RepaymentRow:
    return {
        "repayment_id": event.repayment_id,
        "loan_id": event.loan_id,
        "amount": event.amount,
        "currency": event.currency,
        "method": event.method,
        "paid_at": event.paid_at,
        "recorded_at": event.recorded_at,
        "reference": event.reference,
        "notes": event.notes,
        "received_by": event.received_by,
        "kind": event.kind,
        "reversal_of_id": None,
        "allocations": event.allocations,
        "version": event.account.version,
    }


def _reversal(event: RepaymentReversed) -> RepaymentRow:
    return {
        "repayment_id": event.reversal_id,
        "loan_id": event.loan_id,
        "amount": -event.amount,
        "currency": event.currency,
        "method": event.method,
        "paid_at": event.reversed_at,
        "recorded_at": event.recorded_at,
        "reference": None,
        "notes": event.reason,
        "received_by": event.reversed_by,
        "kind": "REVERSAL",
        "reversal_of_id": event.repayment_id,
        "allocations": [],
        "version": event.account.version,
    }


def _accounts(facts: Sequence[Fact]) -> Iterable[AccountRow]:
    """Of several facts about the same loan the newest, which comes last, counts."""
    newest: dict[UUID, AccountRow] = {}
    for event, _ in facts:
        newest[event.loan_id] = {
            "loan_id": event.loan_id,
            "version": event.account.version,
            "paid": event.account.paid,
            "outstanding": event.account.outstanding,
        }
    return newest.values()


def _lines(facts: Sequence[Fact]) -> list[LineRow]:
    """Of several facts about the same instalment the newest, which comes last, counts."""
    settled: dict[UUID, LineRow] = {}
    for event, envelope in facts:
        of_all: LineRow = {
            "loan_id": event.loan_id,
            "schedule_version": event.account.schedule_version,
            "version": event.account.version,
            "at": _happened_at(event, envelope),
        }
        for line in event.account.instalments:
            # A repayment in order says only what is paid; what falls due stays as an earlier event said.
            before = settled.get(line.instalment_id, LineRow())
            said = {name: value for name, value in asdict(line).items() if value is not None or name == "closed_at"}
            settled[line.instalment_id] = before | cast(LineRow, said) | of_all
    return list(settled.values())


def _happened_at(event: AccountEvent, envelope: Envelope) -> datetime:
    """When payments changed its instalments, by its own account: an answer of either service shows this."""
    return event.recorded_at or envelope.occurred_at


def _disburse(uow: UnitOfWork, repayment: RepaymentRecorded) -> None:
    loan, at = uow.session.get_one(Loan, repayment.loan_id), repayment.recorded_at
    if loan.deleted_at:
        closure.bring_back(uow, loan, at=at)
    if loan.status in _NOT_YET_ACTIVE:
        disbursement.disburse_by_payment(uow, loan, paid_on=repayment.paid_on, paid_at=repayment.paid_at, at=at)


def _close_or_reopen(uow: UnitOfWork, event: AccountEvent, envelope: Envelope) -> None:
    """Close the loan when nothing is owed and nothing newer says otherwise, reopen it when something is; one that
    people ended stays as it is."""
    account, at = event.account, _happened_at(event, envelope)
    loan = uow.session.get_one(Loan, event.loan_id)
    if loan.account_version != account.version:
        return
    if account.settled and is_possible(loan.status, LoanAction.COMPLETE):
        paid_at = event.paid_at if isinstance(event, RepaymentRecorded) else envelope.occurred_at
        closure.complete(uow, loan, at=at, closed_at=account.closed_at or paid_at)
    elif not account.settled and is_possible(loan.status, LoanAction.REOPEN):
        closure.reopen(uow, loan, at=at)
