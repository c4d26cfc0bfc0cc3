"""Loans and accounts that are published anew, as reporting reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

from services.reporting.domain.facts import Charge, LoanState, Schedule, cents
from services.reporting.domain.portfolio import Account, Facts, Repayment, RepaymentKind
from services.reporting.steps.loan_events import AccountState, AllocationState, LoanEvent, facts_of, split_of
from shared.clock import business_date
from shared.messaging.events import Envelope
from shared.messaging.handlers import Moment, Payload

RESTATED = "lending.loan.restated.v1"


class RecordedRepayment(Payload):
    """A repayment, or a reversal with the negative of its amount."""

    repayment_id: UUID
    kind: RepaymentKind
    amount: Decimal
    paid_on: date
    recorded_at: Moment
    account_version: int
    allocations: list[AllocationState]
    reversal_of_id: UUID | None = None


class RecordedCharge(Payload):
    charge_id: UUID
    kind: str
    due_on: date
    amount: Decimal
    recorded_at: Moment
    waived_at: Moment | None = None


class AccountRestated(Payload):
    loan_id: UUID
    union_id: UUID
    former_version: int
    repayments: list[RecordedRepayment]
    charges: list[RecordedCharge]
    account: AccountState


@dataclass(frozen=True, slots=True)
class RestatedLoan:
    """A loan as lending has it. `origin` is how it stood from its disbursement on, as far as lending can say, for who
    knows nothing of it; what had a version above `former_version` did not happen."""

    former_version: int
    facts: Facts
    state: LoanState
    origin: LoanState | None
    schedule: Schedule | None


@dataclass(frozen=True, slots=True)
class RestatedAccount:
    """An account as payments has it, with every fact; what had a version above `former_version` did not happen."""

    loan_id: UUID
    former_version: int
    account: Account
    repayments: Sequence[Repayment]
    charges: Sequence[Charge]


def restated_loan(loan: LoanEvent, envelope: Envelope, zone: str) -> RestatedLoan:
    """What an event says of a loan; `zone` is the institution's time zone, whose days count."""
    recorded_on = business_date(zone, loan.closed_at or loan.updated_at or envelope.occurred_at)
    state = LoanState(
        loan_id=loan.loan_id,
        version=envelope.version,
        counts_from=max(recorded_on, loan.disbursed_on or recorded_on) if loan.closed_at else recorded_on,
        recorded_on=recorded_on,
        status=loan.status,
        union_id=loan.union_id,
        loan_type_id=loan.loan_type_id,
        principal=loan.principal,
        disbursed_on=loan.disbursed_on,
        is_deleted=False,
    )
    origin = _origin(loan, recorded_on) if loan.disbursed_on else None
    schedule = _schedule(loan, recorded_on) if loan.schedule else None
    return RestatedLoan(loan.former_version, facts_of(loan, envelope, zone), state, origin, schedule)


def _origin(loan: LoanEvent, recorded_on: date) -> LoanState:
    """Version 0 stands before all that was published."""
    day = loan.disbursed_on or recorded_on
    return LoanState(
        loan.loan_id, 0, day, day, "ACTIVE", loan.union_id, loan.loan_type_id, loan.principal, day, is_deleted=False
    )


def _schedule(loan: LoanEvent, recorded_on: date) -> Schedule:
    lines = sorted(loan.schedule or (), key=lambda line: (line.due_on, line.sequence))
    return Schedule(
        loan_id=loan.loan_id,
        version=loan.schedule_version,
        counts_from=loan.disbursed_on or recorded_on,
        recorded_on=recorded_on,
        is_reschedule=False,
        due_on=[line.due_on for line in lines],
        total_by=list(accumulate(cents(line.principal + line.interest) for line in lines)),
        principal_by=list(accumulate(cents(line.principal) for line in lines)),
    )


def restated_account(event: AccountRestated, zone: str) -> RestatedAccount:
    """What an event says of an account."""
    state = event.account
    return RestatedAccount(
        loan_id=event.loan_id,
        former_version=event.former_version,
        account=Account(state.version, state.paid, state.outstanding, state.outstanding_principal),
        repayments=[_repayment(event, one, zone) for one in event.repayments],
        charges=[_charge(event, one, zone) for one in event.charges],
    )


def _repayment(event: AccountRestated, repayment: RecordedRepayment, zone: str) -> Repayment:
    return Repayment(
        id=repayment.repayment_id,
        loan_id=event.loan_id,
        amount=repayment.amount,
        paid_on=repayment.paid_on,
        kind=repayment.kind,
        account_version=repayment.account_version,
        recorded_at=repayment.recorded_at,
        recorded_on=business_date(zone, repayment.recorded_at),
        split=split_of(repayment.allocations),
        union_id=event.union_id,
        reversal_of_id=repayment.reversal_of_id,
    )


def _charge(event: AccountRestated, charge: RecordedCharge, zone: str) -> Charge:
    return Charge(
        id=charge.charge_id,
        loan_id=event.loan_id,
        kind=charge.kind,
        due_on=charge.due_on,
        amount=charge.amount,
        recorded_at=charge.recorded_at,
        recorded_on=business_date(zone, charge.recorded_at),
        waived_on=business_date(zone, charge.waived_at) if charge.waived_at else None,
    )
