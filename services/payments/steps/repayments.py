"""Money is put on the loans it was paid for, whether it comes alone, with others at the same moment, or on a sheet."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.payments.domain.account import LISTED, Account, LoanStatus, account_status, check_takes_money
from services.payments.domain.allocation import Overpayment, allocate
from services.payments.domain.facts import ChargeKind, RepaymentKind
from services.payments.domain.instalment import Instalment, InstalmentStatus, instalment_status
from services.payments.domain.settlement import settlement
from services.payments.domain.value_date import Books, check_value_date
from services.payments.events import AccountState, RepaymentRecorded, account_after, allocations_of
from services.payments.models.rows import (
    AllocationRow,
    ChargeRow,
    LoanInShort,
    NewAllocation,
    RepaymentInFull,
    UnpaidInstalment,
)
from services.payments.queries import accounts, counts, ledger
from services.payments.shapes.repayments import RepaymentScalars
from services.payments.steps import replays
from services.payments.steps.charges import new_charge, publish_charge
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import DomainError, NotFound, RuleViolated
from shared.ids import new_id
from shared.money import ZERO
from shared.wire import money

DEFAULT_BOOKS = Books()


class LoanNotFound(NotFound):
    """No such loan, or not one of this officer's."""


class ScheduleItemOfAnotherLoan(RuleViolated):
    """The instalment a payment is said to be meant for is not one of the loan's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money a member brings for a loan, who receives it, and when; its `id` is that of the repayment it becomes.

    `is_dated`: whoever pays said when, and is held to it. `meant_for_instalment_id` is kept with the payment and does
    not change where the money goes.
    """

    by: Actor
    loan_id: UUID
    amount: Decimal
    method: str
    paid_at: datetime
    paid_on: date
    recorded_at: datetime
    business_date: date
    reference: str | None = None
    notes: str | None = None
    meant_for_instalment_id: UUID | None = None
    is_dated: bool = False
    books: Books = DEFAULT_BOOKS
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A repayment with where it went and the account of its loan after it; `is_new` unless it was recorded before."""

    repayment: RepaymentInFull
    allocations: Sequence[AllocationRow]
    account: LoanInShort
    is_new: bool


Outcome = Recorded | DomainError
"""What becomes of a payment: it is recorded, or it is refused."""
Locked = Mapping[UUID, LoanInShort]
"""The accounts of loans, whose locks are held, by the ids of the loans."""


def record_payments(uow: UnitOfWork, locked: Locked, payments: Sequence[Payment]) -> dict[UUID, Outcome]:
    """Put payments on their loans, count them, and publish each; what becomes of them by their ids.

    Each is judged for itself: LoanNotFound, LoanNotPayable, DateOutOfBounds, Overpayment and ScheduleItemOfAnotherLoan
    are outcomes, and what is refused leaves nothing. No two payments are of one loan. Those that only take money off
    their loans are written in as many statements as one of them takes; a loan is replayed for money that is dated
    before other money of it, and for money that settles it early.
    """
    outcomes = _refusals(uow, locked, payments)
    accepted = [payment for payment in payments if payment.id not in outcomes]
    with_replay = {payment.id for payment in accepted if needs_replay(locked[payment.loan_id], payment)}
    outcomes |= _record_in_order(uow, locked, [payment for payment in accepted if payment.id not in with_replay])
    for payment in accepted:
        if payment.id in with_replay:
            outcomes[payment.id] = _record_for_itself(uow, locked[payment.loan_id], payment)
    return outcomes


def _refusals(uow: UnitOfWork, locked: Locked, payments: Iterable[Payment]) -> dict[UUID, Outcome]:
    """Why payments are refused, by the ids of those that are."""
    meant_for = {payment.meant_for_instalment_id for payment in payments if payment.meant_for_instalment_id}
    loan_of = accounts.loans_of_instalments(uow.connection, meant_for)
    found: dict[UUID, Outcome] = {}
    for payment in payments:
        try:
            _check(locked.get(payment.loan_id), payment, loan_of)
        except DomainError as refusal:
            found[payment.id] = refusal
    return found


def needs_replay(account: Account, payment: Payment) -> bool:
    """Whether a payment cannot simply be taken off its loan, or only a closer look can decide."""
    return _is_backdated(account, payment) or _may_settle(account, payment)


def _check(account: LoanInShort | None, payment: Payment, loan_of: Mapping[UUID, UUID]) -> None:
    if account is None:
        raise LoanNotFound("Loan not found")
    check_takes_money(LoanStatus(account.status), has_schedule=account.has_schedule)
    not_before = account.disbursed_on if payment.is_dated else None
    check_value_date(payment.paid_on, payment.books, today=payment.business_date, not_before=not_before, field="paidAt")
    if payment.amount > account.outstanding:
        raise Overpayment(account.outstanding)
    meant_for = payment.meant_for_instalment_id
    if meant_for and loan_of.get(meant_for) != payment.loan_id:
        raise ScheduleItemOfAnotherLoan("The schedule item does not belong to this loan.", field="scheduleItemId")


def _is_backdated(account: Account, payment: Payment) -> bool:
    """Whether it comes before other money of the loan."""
    return account.last_paid_on is not None and payment.paid_on < account.last_paid_on


def _may_settle(account: Account, payment: Payment) -> bool:
    """Whether it could close the loan before everything is paid; only a closer look can decide.

    All principal is part of what settles a loan, so that smaller payments need not be looked at.
    """
    is_enough = account.outstanding_principal <= payment.amount < account.outstanding
    return is_enough and account.interest_rule.by_day


def _record_in_order(uow: UnitOfWork, locked: Locked, payments: Sequence[Payment]) -> dict[UUID, Outcome]:
    """Record payments that come on top of all others of their loans."""
    if not payments:
        return {}
    reached = accounts.instalments_reached(uow.connection, {payment.loan_id: payment.amount for payment in payments})
    recorded = [_allocated(locked[payment.loan_id], payment, reached[payment.loan_id]) for payment in payments]
    accounts.write_repayments(uow.connection, [(one.repayment, parts, one.account) for one, parts in recorded])
    _count(uow, recorded)
    for one, parts in recorded:
        with uow.on_behalf_of(one.repayment.id):
            _publish(uow, one, account_after(one.account, parts))
    return {one.repayment.id: one for one, _ in recorded}


def _allocated(
    account: LoanInShort, payment: Payment, reached: Sequence[UnpaidInstalment]
) -> tuple[Recorded, list[NewAllocation]]:
    repayment = _repayment(account, payment)
    allocations = _new_allocations(repayment, reached)
    after = _account_after(account, repayment, allocations)
    return Recorded(repayment, allocations, after, is_new=True), allocations


def _record_for_itself(uow: UnitOfWork, account: LoanInShort, payment: Payment) -> Outcome:
    """Record a payment for which its loan may have to be replayed; what it wrote goes again when it is refused."""
    rebate = _rebate(uow, account, payment)
    if not rebate and not _is_backdated(account, payment):
        return _record_in_order(uow, {account.loan_id: account}, [payment])[payment.id]
    try:
        with uow.savepoint():
            return _record_and_replay(uow, account, payment, rebate)
    except DomainError as refusal:
        return refusal


def _rebate(uow: UnitOfWork, account: Account, payment: Payment) -> Decimal:
    """The interest given up because the amount is exactly what settles the loan on that day; zero for any other."""
    if not _may_settle(account, payment):
        return ZERO
    standings = ledger.standings_of(uow.connection, [account.loan_id])[account.loan_id]
    closing = settlement(standings, account.interest_rule, on=payment.paid_on)
    return closing.rebate if payment.amount == closing.total else ZERO


def _record_and_replay(uow: UnitOfWork, account: LoanInShort, payment: Payment, rebate: Decimal) -> Recorded:
    repayment = _repayment(account, payment)
    ledger.add_repayment(uow.connection, repayment)
    version = repayment.account_version
    charge = None
    if rebate:
        version += 1
        charge = _rebate_charge(account, repayment, rebate, version)
        ledger.add_charge(uow.connection, charge)
    change = replays.derive(uow, account, at=repayment.recorded_at, closed_at=repayment.paid_at)
    is_moved = bool(change.moved - {repayment.id})
    last = version + is_moved
    replays.write(uow, change, version=last)
    counts.add(uow.connection, counts.REPAYMENTS, account.officer_id, {repayment.method: 1})
    after = replace(change.account, version=last)
    recorded = Recorded(repayment, change.allocations[repayment.id], after, is_new=True)
    with uow.on_behalf_of(payment.id):
        _publish(uow, recorded, change.account_after(version=repayment.account_version))
        if charge:
            publish_charge(uow, charge, account, change.account_after(version=version), action="INTEREST_REBATED")
        if is_moved:
            replays.publish_replay(uow, change, version=last)
    return recorded


def _repayment(account: Account, payment: Payment) -> RepaymentInFull:
    is_written_off = account.status == LoanStatus.WRITTEN_OFF
    return RepaymentInFull(
        id=payment.id,
        loan_id=account.loan_id,
        officer_id=account.officer_id,
        amount=payment.amount,
        currency=account.currency,
        method=payment.method,
        paid_at=payment.paid_at,
        paid_on=payment.paid_on,
        recorded_at=payment.recorded_at,
        business_date=payment.business_date,
        reference=payment.reference,
        notes=payment.notes,
        received_by=payment.by.id,
        meant_for_instalment_id=payment.meant_for_instalment_id,
        account_version=account.version + 1,
        kind=(RepaymentKind.RECOVERY if is_written_off else RepaymentKind.REPAYMENT).value,
        reversal_of_id=None,
        receiver_email=payment.by.email,
        receiver_role=payment.by.role.value,
    )


def _rebate_charge(account: Account, repayment: RepaymentInFull, rebate: Decimal, version: int) -> ChargeRow:
    charge = new_charge(
        account,
        kind=ChargeKind.INTEREST_REBATE,
        amount=rebate,
        due_on=repayment.paid_on,
        note=None,
        recorded_by=repayment.received_by,
        at=repayment.recorded_at,
        business_date=repayment.business_date,
    )
    return replace(charge, account_version=version, repayment_id=repayment.id)


def _new_allocations(repayment: RepaymentInFull, reached: Sequence[UnpaidInstalment]) -> list[NewAllocation]:
    """The allocations of a repayment, each with what it makes of its instalment."""
    by_sequence = {row.sequence: row for row in reached}
    owed = [
        Instalment(row.sequence, row.due_on, row.interest, row.principal, penalty=row.penalty, fee=row.fee)
        for row in reached
    ]
    allocations = []
    for part in allocate(repayment.amount, owed):
        row = by_sequence[part.sequence]
        paid = row.paid + part.total
        status = instalment_status(due=row.total, paid=paid)
        allocations.append(
            NewAllocation(
                id=new_id(),
                repayment_id=repayment.id,
                instalment_id=row.instalment_id,
                sequence=part.sequence,
                due_on=row.due_on,
                penalty=part.penalty,
                fee=part.fee,
                interest=part.interest,
                principal=part.principal,
                amount=part.total,
                created_at=repayment.recorded_at,
                paid=paid,
                status=status.value,
                closed_at=repayment.paid_at if status is InstalmentStatus.PAID else None,
            )
        )
    return allocations


def _account_after(
    account: LoanInShort, repayment: RepaymentInFull, allocations: Sequence[AllocationRow]
) -> LoanInShort:
    paid = account.paid + repayment.amount
    outstanding = account.outstanding - repayment.amount
    status = account_status(LoanStatus(account.lending_status), paid=paid, outstanding=outstanding)
    return replace(
        account,
        version=repayment.account_version,
        status=status.value,
        disbursed_at=account.disbursed_at or repayment.paid_at,
        closed_at=repayment.paid_at if status is LoanStatus.COMPLETED else account.closed_at,
        paid=paid,
        outstanding=outstanding,
        outstanding_principal=account.outstanding_principal - sum((part.principal for part in allocations), ZERO),
        last_paid_on=repayment.paid_on,
    )


def _count(uow: UnitOfWork, recorded: Sequence[tuple[Recorded, Sequence[NewAllocation]]]) -> None:
    methods: Counter[tuple[UUID, str]] = Counter()
    instalments: Counter[tuple[UUID, str]] = Counter()
    for one, allocations in recorded:
        officer_id = one.account.officer_id
        methods[officer_id, one.repayment.method] += 1
        if one.account.status in LISTED:
            closed = sum(1 for allocation in allocations if allocation.closed_at)
            instalments[officer_id, counts.OPEN] -= closed
            instalments[officer_id, counts.PAID] += closed
    counts.add_all(uow.connection, counts.REPAYMENTS, methods)
    counts.add_all(uow.connection, counts.INSTALMENTS, instalments)


def _publish(uow: UnitOfWork, recorded: Recorded, after: AccountState) -> None:
    """Publish a repayment with where it went and the account `after` it, and audit it."""
    repayment, account = recorded.repayment, recorded.account
    uow.publish(
        RepaymentRecorded(
            aggregate_id=repayment.loan_id,
            version=repayment.account_version,
            repayment_id=repayment.id,
            loan_id=repayment.loan_id,
            loan_number=account.loan_number,
            member_id=account.member_id,
            union_id=account.union_id,
            amount=repayment.amount,
            currency=repayment.currency,
            method=repayment.method,
            paid_at=repayment.paid_at,
            paid_on=repayment.paid_on,
            recorded_at=repayment.recorded_at,
            reference=repayment.reference,
            notes=repayment.notes,
            received_by=repayment.received_by,
            allocations=allocations_of(recorded.allocations),
            account=after,
            kind=repayment.kind,
        )
    )
    meant_for = repayment.meant_for_instalment_id
    uow.audit(
        action="REPAYMENT_CREATED",
        entity_name="Repayment",
        entity_id=repayment.id,
        after=RepaymentScalars.of(repayment),
        metadata={"loanNumber": account.loan_number, "outstanding": money(account.outstanding)}
        | ({"scheduleItemId": str(meant_for)} if meant_for else {}),
    )
