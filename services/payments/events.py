"""What payments publishes: money received, and what it makes of the account of the loan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NotRequired, Protocol, TypedDict
from uuid import UUID

from services.payments.domain.account import Account
from services.payments.domain.facts import ChargeKind, RepaymentKind
from services.payments.domain.methods import METHODS
from services.payments.models.rows import AllocationRow, ChargeRow, InstalmentRow, LateLoan, NewAllocation
from shared import audit, restatement
from shared.backup import events as backup
from shared.messaging.events import ADDED, EVERY_FIELD, Event, of_service, one_of, values_of
from shared.restore import events as restore

Currency = Annotated[str, {"minLength": 3, "maxLength": 3}]
Method = Annotated[str, one_of(*METHODS)]
Count = Annotated[int, {"minimum": 1}]
ChargeDay = Annotated[date, "The value date; the charge is on the instalment whose period holds it."]


class AllocationState(TypedDict):
    """The part of a repayment that is on one instalment."""

    allocation_id: UUID
    instalment_id: UUID
    sequence: Count
    penalty: Decimal
    fee: Decimal
    interest: Decimal
    principal: Decimal


class InstalmentState(TypedDict):
    """How far an instalment is paid, and what falls due on it where the change may have changed that."""

    instalment_id: UUID
    sequence: Count
    due_on: NotRequired[date]
    penalty: NotRequired[Annotated[Decimal, "What falls due of it, present when the change may have changed that."]]
    fee: NotRequired[Decimal]
    interest: NotRequired[Decimal]
    principal: NotRequired[Decimal]
    is_charge_line: NotRequired[
        Annotated[bool, "No line of lending's schedule, but that of the charges after its last due date."]
    ]
    paid: Annotated[Decimal, "All repayments together."]
    status: Annotated[str, one_of("PENDING", "PARTIAL", "PAID")]
    closed_at: Annotated[datetime | None, "The moment of the repayment that covered it; null while it is open."]


class AccountState(TypedDict):
    """The account of a loan after a change."""

    version: Annotated[Count, "Counts the changes of this account; a reader keeps the newest."]
    schedule_version: Annotated[Count, "The schedule of lending that the instalments are of."]
    paid: Annotated[Decimal, "The sum of all repayments that were not reversed."]
    outstanding: Annotated[Decimal, "Still owed, whether due yet or not."]
    outstanding_principal: Decimal
    settled: Annotated[bool, "Nothing is outstanding any more."]
    closed_at: NotRequired[
        Annotated[
            datetime | None,
            "When nothing was owed any more; null while something is. Present when more than a repayment in order of "
            "its value date was published.",
        ]
    ]
    instalments: Annotated[list[InstalmentState], "Those this change touched, as they stand after it."]


class Reallocation(TypedDict):
    """Where a repayment is now."""

    repayment_id: UUID
    allocations: Annotated[list[AllocationState], {"minItems": 1}]


WholeAccount = Annotated[AccountState, EVERY_FIELD]


@dataclass(frozen=True)
class RepaymentRecorded(Event):
    """Money was received from a member, put on the schedule, and taken off what is outstanding. Counted by the loan."""

    type = "payments.repayment.recorded.v1"
    repayment_id: UUID
    loan_id: UUID
    loan_number: Annotated[str, {"pattern": "^LN[0-9]{8,}$"}, ADDED]
    member_id: Annotated[UUID, ADDED]
    union_id: UUID
    amount: Decimal
    currency: Currency
    method: Method
    paid_at: Annotated[datetime, "The moment of payment; midnight UTC when only the day is known."]
    paid_on: Annotated[date, "The value date, in the company's time zone."]
    recorded_at: datetime
    reference: str | None
    notes: str | None
    received_by: Annotated[UUID, "The member of staff who took the money."]
    allocations: Annotated[
        list[AllocationState],
        "Where the money went, the oldest instalment first; the parts sum to the amount.",
        {"minItems": 1},
    ]
    account: AccountState
    kind: Annotated[
        str,
        one_of(RepaymentKind.REPAYMENT, RepaymentKind.RECOVERY),
        "A recovery comes in on a loan that is written off, and stays so.",
    ] = RepaymentKind.REPAYMENT


@dataclass(frozen=True)
class RepaymentReversed(Event):
    """A repayment was taken back. Both entries stay; the repayment no longer counts, and the loan is replayed without
    it. Counted by the loan."""

    type = "payments.repayment.reversed.v1"
    reversal_id: UUID
    repayment_id: Annotated[UUID, "The repayment that was taken back."]
    loan_id: UUID
    union_id: UUID
    amount: Annotated[Decimal, "What was taken back; the reversal itself has the negative of it."]
    currency: Currency
    method: Method
    reason: str
    reversed_by: UUID
    reversed_at: datetime
    recorded_at: datetime
    paid_on: Annotated[
        date, "The day of the reversal, in the company's time zone: what the days before it showed stays."
    ]
    account: WholeAccount


@dataclass(frozen=True)
class ChargeAdded(Event):
    """A fee or penalty is owed on a loan beside its schedule; or, as a rebate, interest is not asked for because the
    loan was settled early. Counted by the loan."""

    type = "payments.charge.added.v1"
    charge_id: UUID
    loan_id: UUID
    union_id: UUID
    kind: Annotated[str, values_of(ChargeKind), "A rebate takes interest off; the others are owed beside the schedule."]
    due_on: ChargeDay
    amount: Decimal
    note: str | None
    by: Annotated[UUID | None, "The member of staff; null for what accrued by itself."]
    recorded_at: Annotated[datetime, ADDED]
    account: WholeAccount


@dataclass(frozen=True)
class ChargeWaived(Event):
    """A fee or penalty was given up, and is asked for no more. Counted by the loan."""

    type = "payments.charge.waived.v1"
    charge_id: UUID
    loan_id: UUID
    union_id: UUID
    kind: Annotated[str, one_of(ChargeKind.FEE, ChargeKind.PENALTY)]
    due_on: ChargeDay
    amount: Decimal
    reason: str
    by: UUID
    recorded_at: Annotated[datetime, "When the waiver was recorded.", ADDED]
    account: WholeAccount


@dataclass(frozen=True)
class AccountReplayed(Event):
    """Every repayment of a loan was put on its schedule again, because the schedule is another one or because its
    facts did not come in the order of their value dates: all allocations published before are void. Counted by the
    loan."""

    type = "payments.account.replayed.v1"
    loan_id: UUID
    repayments: Annotated[list[Reallocation], "All of the loan's that were not reversed."]
    recorded_at: Annotated[datetime, "When what had the loan replayed was recorded.", ADDED]
    account: WholeAccount


class RecordedRepayment(TypedDict):
    """A repayment or a reversal, as it was recorded."""

    repayment_id: UUID
    kind: Annotated[str, values_of(RepaymentKind)]
    amount: Annotated[Decimal, {"pattern": r"^-?[0-9]{1,12}\.[0-9]{2}$"}, "Of a reversal the negative."]
    currency: Currency
    method: Method
    paid_at: datetime
    paid_on: date
    recorded_at: datetime
    reference: str | None
    notes: str | None
    received_by: UUID
    reversal_of_id: UUID | None
    account_version: Annotated[int, "The version it gave the account; they are in the order of arrival."]
    allocations: Annotated[list[AllocationState], "Where the money is now; nowhere once it was taken back."]


class RecordedCharge(TypedDict):
    """A charge or a rebate, and how it was given up, if it was."""

    charge_id: UUID
    kind: Annotated[str, values_of(ChargeKind)]
    due_on: ChargeDay
    amount: Decimal
    note: str | None
    by: UUID | None
    recorded_at: datetime
    waived_at: datetime | None
    waived_by: UUID | None
    reason: str | None


@dataclass(frozen=True)
class AccountRestated(Event):
    """The account of a loan with every fact recorded of it, the oldest first; nothing changed, it is published again.
    A repayment, reversal or charge that is not in it was not recorded. Counted by the loan."""

    type = "payments.account.restated.v1"
    loan_id: UUID
    loan_number: Annotated[str, {"pattern": "^LN[0-9]{8,}$"}]
    member_id: UUID
    union_id: UUID
    former_version: restatement.FormerVersion
    repayments: list[RecordedRepayment]
    charges: list[RecordedCharge]
    account: Annotated[
        AccountState, EVERY_FIELD, "With all its instalments; its version counts from the floor of the epoch."
    ]


@dataclass(frozen=True)
class SheetHandedIn(Event):
    """The collection sheet of a union came in, with something that was not recorded before; what it brought."""

    type = "payments.sheet.handed_in.v1"
    sheet_id: UUID
    union_id: UUID
    day: Annotated[date, "The day of the meeting."]
    handed_in_by: UUID
    handed_in_at: datetime
    recorded: Annotated[int, "Repayments that it brought now.", {"minimum": 0}]
    amount: Annotated[Decimal, "The sum of these."]
    cash: Annotated[Decimal, "What of the sum was paid in cash."]
    refused: Annotated[int, {"minimum": 0}]
    absent: Annotated[int, "Members who were not there.", {"minimum": 0}]


@dataclass(frozen=True)
class AuditRecorded(audit.Recorded):
    """Somebody recorded a repayment, or took figures out on paper: one entry of the audit trail."""

    type = "payments.audit.recorded.v1"
    action: Annotated[
        str,
        one_of(
            "REPAYMENT_CREATED",
            "REPAYMENT_REVERSED",
            "CHARGE_ADDED",
            "CHARGE_WAIVED",
            "PENALTY_ACCRUED",
            "INTEREST_REBATED",
            "REPAYMENTS_EXPORTED",
            "SCHEDULES_EXPORTED",
            "STATEMENT_PRINTED",
            "RECEIPT_REPRINTED",
            "COLLECTION_SHEET_HANDED_IN",
            *audit.ACTIONS_ON_JOBS,
            *audit.ACTIONS_ON_EVENTS,
        ),
    ]
    entity_name: Annotated[
        str,
        one_of(
            "Repayment",
            "Charge",
            "RepaymentScheduleItem",
            "CollectionSheet",
            "Loan",
            "UnionMember",
            "Union",
            audit.JOB,
            *audit.ENTITIES_OF_EVENTS,
        ),
    ]
    metadata: Annotated[dict[str, Any], "The request, the loan's number and what is outstanding after the payment."]


class Balance(Protocol):
    """What events say of an account beside its instalments."""

    @property
    def version(self) -> int: ...
    @property
    def schedule_version(self) -> int: ...
    @property
    def paid(self) -> Decimal: ...
    @property
    def outstanding(self) -> Decimal: ...
    @property
    def outstanding_principal(self) -> Decimal: ...


def charge_added(charge: ChargeRow, account: Account | LateLoan, after: AccountState) -> ChargeAdded:
    """The event about a new charge or rebate, with the account after it."""
    return ChargeAdded(
        aggregate_id=charge.loan_id,
        version=charge.account_version,
        charge_id=charge.id,
        loan_id=charge.loan_id,
        union_id=account.union_id,
        kind=charge.kind,
        due_on=charge.due_on,
        amount=charge.amount,
        note=charge.note,
        by=charge.recorded_by,
        recorded_at=charge.recorded_at,
        account=after,
    )


def allocations_of(allocations: Iterable[AllocationRow]) -> list[AllocationState]:
    """The parts of one repayment, by the instalment each is put on."""
    return [
        {
            "allocation_id": allocation.id,
            "instalment_id": allocation.instalment_id,
            "sequence": allocation.sequence,
            "penalty": allocation.penalty,
            "fee": allocation.fee,
            "interest": allocation.interest,
            "principal": allocation.principal,
        }
        for allocation in allocations
    ]


def account_after(account: Balance, touched: Iterable[NewAllocation]) -> AccountState:
    """The account after a repayment that came in order, with how far the instalments it touched are paid."""
    instalments: list[InstalmentState] = [
        {
            "instalment_id": instalment.instalment_id,
            "sequence": instalment.sequence,
            "paid": instalment.paid,
            "status": instalment.status,
            "closed_at": instalment.closed_at,
        }
        for instalment in touched
    ]
    return _account_state(account, instalments)


def whole_account_after(account: Account, touched: Iterable[InstalmentRow]) -> AccountState:
    """The account after a change that may change what falls due, with its instalments that are not what they were."""
    instalments: list[InstalmentState] = [
        {
            "instalment_id": instalment.id,
            "sequence": instalment.sequence,
            "due_on": instalment.due_on,
            "penalty": instalment.penalty,
            "fee": instalment.fee,
            "interest": instalment.interest,
            "principal": instalment.principal,
            "is_charge_line": instalment.is_charge_line,
            "paid": instalment.paid,
            "status": instalment.status,
            "closed_at": instalment.closed_at,
        }
        for instalment in touched
    ]
    return {**_account_state(account, instalments), "closed_at": account.closed_at}


def _account_state(account: Balance, instalments: list[InstalmentState]) -> AccountState:
    return {
        "version": account.version,
        "schedule_version": account.schedule_version,
        "paid": account.paid,
        "outstanding": account.outstanding,
        "outstanding_principal": account.outstanding_principal,
        "settled": not account.outstanding,
        "instalments": instalments,
    }


AS_OTHERS = tuple(
    of_service(event, "payments") for event in (*backup.OF_PARTS, *restore.OF_STEPS, *restatement.OF_OWNERS)
)
"""What this service publishes as others do."""
