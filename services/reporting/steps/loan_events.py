"""Events about loans as reporting reads them, and what each of them brings to the portfolio and to its facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

from services.reporting.domain.facts import Charge, FactAhead, LoanState, Reallocation, Schedule, Split, cents
from services.reporting.domain.portfolio import Account, Facts, LoanStatus, Repayment, RepaymentKind
from shared.clock import business_date
from shared.messaging.events import Envelope
from shared.messaging.handlers import Moment, Payload
from shared.money import ZERO

DISBURSED, RESCHEDULED, DELETED = "disbursed", "rescheduled", "deleted"
NO_SPLIT = Split(ZERO, ZERO, ZERO, ZERO)


class ScheduleLine(Payload):
    sequence: int
    due_on: date
    principal: Decimal
    interest: Decimal


class LoanEvent(Payload):
    loan_id: UUID
    loan_number: str
    member_id: UUID
    union_id: UUID
    status: LoanStatus
    principal: Decimal
    interest_total: Decimal
    created_at: Moment
    disbursed_on: date | None
    loan_type_id: UUID | None = None
    end_on: date | None = None
    submitted_at: Moment | None = None
    approved_at: Moment | None = None
    closed_at: Moment | None = None
    processing_fee: Decimal = ZERO
    processing_fee_collected: bool = False
    schedule_version: int = 0
    schedule: list[ScheduleLine] | None = None
    # Of one that is published anew.
    updated_at: Moment | None = None
    former_version: int = 0


class AccountState(Payload):
    version: int
    paid: Decimal
    outstanding: Decimal
    outstanding_principal: Decimal


class AccountEvent(Payload):
    """Anything that changed the account of a loan."""

    loan_id: UUID
    account: AccountState


class AllocationState(Payload):
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    principal: Decimal


class RepaymentEvent(AccountEvent):
    repayment_id: UUID
    union_id: UUID
    amount: Decimal
    paid_on: date
    recorded_at: Moment
    allocations: list[AllocationState]
    kind: RepaymentKind = RepaymentKind.REPAYMENT


class ReversalEvent(AccountEvent):
    """A repayment taken back, which counts against the day that was done on."""

    reversal_id: UUID
    repayment_id: UUID
    union_id: UUID
    amount: Decimal
    paid_on: date
    recorded_at: Moment


class ChargeEvent(AccountEvent):
    """A charge, or its waiver."""

    charge_id: UUID
    kind: str
    due_on: date
    amount: Decimal
    recorded_at: Moment | None = None


class ReallocatedRepayment(Payload):
    repayment_id: UUID
    allocations: list[AllocationState]


class ReplayEvent(AccountEvent):
    repayments: list[ReallocatedRepayment]
    recorded_at: Moment | None = None


@dataclass(slots=True)
class Brought:
    """What the events of one transaction bring, each by its loan where it does not name it."""

    facts: list[tuple[UUID, Facts]] = field(default_factory=list)
    accounts: list[tuple[UUID, Account]] = field(default_factory=list)
    repayments: list[Repayment] = field(default_factory=list)
    states: list[LoanState] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    reallocations: list[Reallocation] = field(default_factory=list)

    @property
    def due_changed(self) -> set[UUID]:
        """The loans on which other things fall due from now on, whatever else is new of them."""
        return {schedule.loan_id for schedule in self.schedules} | {charge.loan_id for charge in self.charges}

    def days(self) -> Iterator[tuple[UUID, date]]:
        """The days from which what is brought counts, with the loans."""
        for state in self.states:
            yield state.loan_id, state.counts_from
        for repayment in self.repayments:
            yield repayment.loan_id, repayment.paid_on
        for charge in self.charges:
            yield charge.loan_id, max(charge.due_on, charge.waived_on or charge.due_on)

    def due_days(self) -> Iterator[tuple[UUID, date]]:
        """The days from which other things have fallen due, come in or been paid by their day than was known before,
        with the loans. What a waiver takes away had never fallen due; a schedule counts from when the state does that
        it came with; money that was put elsewhere before it counts is known from when that was recorded."""
        for state in self.states:
            yield state.loan_id, state.counts_from
        for repayment in self.repayments:
            yield repayment.loan_id, min(repayment.paid_on, repayment.recorded_on)
        for charge in self.charges:
            yield charge.loan_id, charge.due_on
        for reallocation in self.reallocations:
            yield reallocation.loan_id, reallocation.recorded_on

    def ahead(self) -> Iterator[FactAhead]:
        """The days that were still to come when something was recorded that counts from them."""
        for state in self.states:
            if state.counts_from > state.recorded_on:
                yield FactAhead(state.loan_id, state.counts_from)
        for repayment in self.repayments:
            if repayment.paid_on > repayment.recorded_on:
                yield FactAhead(repayment.loan_id, repayment.paid_on)
        for charge in self.charges:
            if charge.recorded_on and charge.due_on > charge.recorded_on:
                yield FactAhead(charge.loan_id, charge.due_on)


def brought_by(events: Sequence[tuple[LoanEvent | AccountEvent, Envelope]], zone: str) -> Brought:
    """What events bring; `zone` is the institution's time zone, whose days count."""
    brought = Brought()
    for event, envelope in events:
        if isinstance(event, LoanEvent):
            _add_loan(brought, event, envelope, zone)
        else:
            _add_account(brought, event, envelope, zone)
    return brought


def _add_loan(brought: Brought, loan: LoanEvent, envelope: Envelope, zone: str) -> None:
    step = envelope.type.split(".")[2]
    recorded_on = business_date(zone, envelope.occurred_at)
    # A disbursement may be recorded later than the money went; all else counts from when it was decided.
    counts_from = loan.disbursed_on if step == DISBURSED and loan.disbursed_on else recorded_on
    brought.facts.append((loan.loan_id, facts_of(loan, envelope, zone)))
    brought.states.append(
        LoanState(
            loan_id=loan.loan_id,
            version=envelope.version,
            counts_from=counts_from,
            recorded_on=recorded_on,
            status=loan.status,
            union_id=loan.union_id,
            loan_type_id=loan.loan_type_id,
            principal=loan.principal,
            disbursed_on=loan.disbursed_on,
            is_deleted=step == DELETED,
        )
    )
    if loan.schedule is not None:
        lines = sorted(loan.schedule, key=lambda line: (line.due_on, line.sequence))
        brought.schedules.append(
            Schedule(
                loan_id=loan.loan_id,
                version=loan.schedule_version,
                counts_from=counts_from,
                recorded_on=recorded_on,
                is_reschedule=step == RESCHEDULED,
                due_on=[line.due_on for line in lines],
                total_by=list(accumulate(cents(line.principal + line.interest) for line in lines)),
                principal_by=list(accumulate(cents(line.principal) for line in lines)),
            )
        )


def facts_of(loan: LoanEvent, envelope: Envelope, zone: str) -> Facts:
    """What an event says of a loan, for the portfolio."""
    return Facts(
        version=envelope.version,
        union_id=loan.union_id,
        status=loan.status,
        principal=loan.principal,
        interest=loan.interest_total,
        created_at=loan.created_at,
        created_on=business_date(zone, loan.created_at),
        disbursed_on=loan.disbursed_on,
        is_deleted=envelope.type == "lending.loan.deleted.v1",
        loan_number=loan.loan_number,
        member_id=loan.member_id,
        loan_type_id=loan.loan_type_id,
        end_on=loan.end_on,
        submitted_at=loan.submitted_at,
        approved_at=loan.approved_at,
        closed_at=loan.closed_at,
        fee_collected=loan.processing_fee if loan.processing_fee_collected else ZERO,
    )


def _add_account(brought: Brought, event: AccountEvent, envelope: Envelope, zone: str) -> None:
    state = event.account
    account = Account(state.version, state.paid, state.outstanding, state.outstanding_principal)
    brought.accounts.append((event.loan_id, account))
    match event:
        case RepaymentEvent() | ReversalEvent():
            brought.repayments.append(_repayment(event, zone))
        case ChargeEvent():
            brought.charges.append(_charge(event, envelope, zone))
        case ReplayEvent():
            brought.reallocations.append(_reallocation(event, envelope, zone))


def _repayment(event: RepaymentEvent | ReversalEvent, zone: str) -> Repayment:
    is_reversal = isinstance(event, ReversalEvent)
    return Repayment(
        id=event.reversal_id if isinstance(event, ReversalEvent) else event.repayment_id,
        loan_id=event.loan_id,
        amount=-event.amount if is_reversal else event.amount,
        paid_on=event.paid_on,
        kind=event.kind if isinstance(event, RepaymentEvent) else RepaymentKind.REVERSAL,
        account_version=event.account.version,
        recorded_at=event.recorded_at,
        recorded_on=business_date(zone, event.recorded_at),
        split=split_of(event.allocations) if isinstance(event, RepaymentEvent) else NO_SPLIT,
        union_id=event.union_id,
        reversal_of_id=event.repayment_id if is_reversal else None,
    )


def split_of(allocations: Sequence[AllocationState]) -> Split:
    """The parts of one repayment, on whichever instalments."""
    return Split(
        penalty=sum((part.penalty for part in allocations), ZERO),
        fee=sum((part.fee for part in allocations), ZERO),
        interest=sum((part.interest for part in allocations), ZERO),
        principal=sum((part.principal for part in allocations), ZERO),
    )


def _charge(event: ChargeEvent, envelope: Envelope, zone: str) -> Charge:
    recorded_at: datetime = event.recorded_at or envelope.occurred_at
    day, is_waiver = business_date(zone, recorded_at), envelope.type == "payments.charge.waived.v1"
    return Charge(
        id=event.charge_id,
        loan_id=event.loan_id,
        kind=event.kind,
        due_on=event.due_on,
        amount=event.amount,
        recorded_at=None if is_waiver else recorded_at,
        recorded_on=None if is_waiver else day,
        waived_on=day if is_waiver else None,
    )


def _reallocation(event: ReplayEvent, envelope: Envelope, zone: str) -> Reallocation:
    splits = [split_of(repayment.allocations) for repayment in event.repayments]
    return Reallocation(
        loan_id=event.loan_id,
        account_version=event.account.version,
        recorded_on=business_date(zone, event.recorded_at or envelope.occurred_at),
        repayment_ids=[repayment.repayment_id for repayment in event.repayments],
        penalty=[cents(split.penalty) for split in splits],
        fee=[cents(split.fee) for split in splits],
        interest=[cents(split.interest) for split in splits],
        principal=[cents(split.principal) for split in splits],
    )
