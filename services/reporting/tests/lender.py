"""A lender whose books tests make up: it publishes the events that lending, payments and membership would.

Accounts are kept by the rules of payments, which reporting does not have: so its figures are held against others.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

from services.payments.domain.charges import with_charges
from services.payments.domain.facts import Charge, ChargeKind
from services.payments.domain.facts import Repayment as PaidRepayment
from services.payments.domain.instalment import Instalment
from services.payments.domain.portfolio import Position, position
from services.payments.domain.replay import Replayed, replay
from services.reporting.tests.events import event, member_event, union_event
from shared.ids import new_id
from shared.messaging.events import Envelope

ZERO = Decimal("0.00")
Lines = list[tuple[date, Decimal, Decimal]]
"""Due day, principal and interest of each instalment."""


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


@dataclass
class Paid:
    id: UUID
    amount: Decimal
    paid_on: date
    arrival: int
    at: datetime
    reversed_on: date | None = None


@dataclass
class Charged:
    id: UUID
    kind: ChargeKind
    due_on: date
    amount: Decimal
    waived_on: date | None = None


@dataclass
class Loan:
    id: UUID
    number: str
    union_id: UUID
    principal: Decimal
    member_id: UUID
    loan_type_id: UUID | None
    created_at: datetime
    version: int = 0
    account_version: int = 0
    schedule_version: int = 0
    status: str = "DRAFT"
    disbursed_on: date | None = None
    lines: Lines = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)
    charged: list[Charged] = field(default_factory=list)

    def replayed(self, day: date = date.max) -> Replayed:
        """The account on its present schedule with what counts by a day."""
        schedule = [
            Instalment(n, due, interest, principal) for n, (due, principal, interest) in enumerate(self.lines, 1)
        ]
        charges = [
            Charge(each.kind, each.due_on, each.amount, is_waived=bool(each.waived_on and each.waived_on <= day))
            for each in self.charged
            if each.due_on <= day and not (each.kind is ChargeKind.INTEREST_REBATE and each.waived_on)
        ]
        received = [
            PaidRepayment(each.id, each.amount, each.paid_on, each.at, each.arrival)
            for each in self.paid
            if each.paid_on <= day and not (each.reversed_on and each.reversed_on <= day)
        ]
        return replay(with_charges(schedule, charges), received)

    def position(self, day: date) -> Position:
        """Where it stands by the rules of payments, on its present schedule."""
        return position(self.replayed(day).standings, on=day)

    @property
    def outstanding(self) -> Decimal:
        return self.replayed().outstanding if self.lines else ZERO

    def is_live(self) -> bool:
        return self.status in {"ACTIVE", "DEFAULTED", "COMPLETED"} and self.outstanding > 0


class Lender:
    """Keeps books and returns the events of what it does; days are those on which things are done."""

    def __init__(self) -> None:
        self.loans: dict[UUID, Loan] = {}
        self.officers: dict[UUID, UUID] = {}
        self._union_versions: dict[UUID, int] = {}

    def assign(self, union_id: UUID, officer_id: UUID, day: date) -> list[Envelope]:
        """Give a union to an officer; found it first where need be."""
        version = self._union_versions.get(union_id, 0) + 1
        self._union_versions[union_id], self.officers[union_id] = version, officer_id
        step = "created" if version == 1 else "assigned"
        events = union_event("created", union_id, officer_id, version)
        return [event(f"membership.union.{step}.v1", union_id, version, events.data, noon(day))]

    def lend(
        self,
        union_id: UUID,
        lines: Lines,
        day: date,
        *,
        disbursed_on: date | None = None,
        loan_type_id: UUID | None = None,
        number: str = "",
    ) -> tuple[Loan, list[Envelope]]:
        """Take in a member and disburse a loan to them, all on one day."""
        member_id = new_id()
        principal = sum((line[1] for line in lines), ZERO)
        loan = Loan(
            new_id(), number or f"LN{len(self.loans) + 1:08}", union_id, principal, member_id, loan_type_id, noon(day)
        )
        self.loans[loan.id] = loan
        events = [member_event("created", member_id, union_id, at=noon(day))]
        for step, status in (("created", "DRAFT"), ("submitted", "PENDING_APPROVAL"), ("approved", "APPROVED")):
            loan.status = status
            events.append(self._loan(loan, step, day))
        loan.status, loan.disbursed_on, loan.lines = "ACTIVE", disbursed_on or day, lines
        loan.schedule_version += 1
        return loan, [*events, self._loan(loan, "disbursed", day, with_schedule=True)]

    def step(self, loan: Loan, step: str, status: str, day: date) -> list[Envelope]:
        """Take a loan to another status."""
        loan.status = status
        return [self._loan(loan, step, day)]

    def move(self, loan: Loan, union_id: UUID, day: date) -> list[Envelope]:
        """The member goes to another union."""
        loan.union_id = union_id
        return [self._loan(loan, "updated", day)]

    def reschedule(self, loan: Loan, lines: Lines, day: date) -> list[Envelope]:
        """Other terms from now on."""
        loan.lines, loan.schedule_version = lines, loan.schedule_version + 1
        return [self._loan(loan, "rescheduled", day, with_schedule=True), *self._replay(loan, day)]

    def pay(self, loan: Loan, amount: Decimal, day: date, *, paid_on: date | None = None) -> list[Envelope]:
        """Money comes in, for the day itself or an earlier one."""
        paid_on = paid_on or day
        is_backdated = any(each.paid_on > paid_on for each in loan.paid)
        loan.account_version += 1
        paid = Paid(new_id(), amount, paid_on, loan.account_version, noon(day))
        loan.paid.append(paid)
        replayed = loan.replayed()
        data = {
            "repayment_id": str(paid.id), "loan_id": str(loan.id), "union_id": str(loan.union_id),
            "amount": str(amount), "paid_on": str(paid_on),
            "recorded_at": noon(day).isoformat(), "account": self._account(loan),
            "allocations": self._parts(replayed, paid.id),
            "kind": "RECOVERY" if loan.status == "WRITTEN_OFF" else "REPAYMENT",
        }  # fmt: skip
        events = [event("payments.repayment.recorded.v1", loan.id, loan.account_version, data, noon(day))]
        if is_backdated:
            events += self._replay(loan, day)
        if loan.status in {"ACTIVE", "DEFAULTED"} and not replayed.outstanding:
            events += self.step(loan, "completed", "COMPLETED", day)
        return events

    def reverse(self, loan: Loan, paid: Paid, day: date) -> list[Envelope]:
        """Take a repayment back."""
        paid.reversed_on = day
        loan.account_version += 1
        data = {
            "reversal_id": str(new_id()), "repayment_id": str(paid.id), "loan_id": str(loan.id),
            "union_id": str(loan.union_id),
            "amount": str(paid.amount), "paid_on": str(day), "recorded_at": noon(day).isoformat(),
            "account": self._account(loan),
        }  # fmt: skip
        events = [event("payments.repayment.reversed.v1", loan.id, loan.account_version, data, noon(day))]
        events += self._replay(loan, day)
        if loan.status == "COMPLETED":
            events += self.step(loan, "reactivated", "ACTIVE", day)
        return events

    def charge(
        self, loan: Loan, kind: ChargeKind, amount: Decimal, day: date, *, due_on: date | None = None
    ) -> list[Envelope]:
        """Ask for a fee or penalty."""
        charged = Charged(new_id(), kind, due_on or day, amount)
        loan.charged.append(charged)
        return [self._charge(loan, charged, "added", day), *self._replay(loan, day)]

    def waive(self, loan: Loan, charged: Charged, day: date) -> list[Envelope]:
        """Give a charge up."""
        charged.waived_on = day
        return [self._charge(loan, charged, "waived", day), *self._replay(loan, day)]

    def _charge(self, loan: Loan, charged: Charged, step: str, day: date) -> Envelope:
        loan.account_version += 1
        data = {
            "charge_id": str(charged.id), "loan_id": str(loan.id), "kind": charged.kind.value,
            "due_on": str(charged.due_on), "amount": str(charged.amount), "recorded_at": noon(day).isoformat(),
            "account": self._account(loan),
        }  # fmt: skip
        return event(f"payments.charge.{step}.v1", loan.id, loan.account_version, data, noon(day))

    def _replay(self, loan: Loan, day: date) -> list[Envelope]:
        loan.account_version += 1
        replayed = loan.replayed()
        put = [
            {"repayment_id": str(repayment_id), "allocations": self._parts(replayed, repayment_id)}
            for repayment_id in replayed.allocations
        ]
        data = {
            "loan_id": str(loan.id), "repayments": put, "recorded_at": noon(day).isoformat(),
            "account": self._account(loan),
        }  # fmt: skip
        return [event("payments.account.replayed.v1", loan.id, loan.account_version, data, noon(day))]

    def _parts(self, replayed: Replayed, repayment_id: UUID) -> list[dict[str, str]]:
        return [
            {name: str(getattr(part, name)) for name in ("penalty", "fee", "interest", "principal")}
            for part in replayed.allocations[repayment_id]
        ]

    def _account(self, loan: Loan) -> dict[str, object]:
        replayed = loan.replayed()
        principal = sum((line.due.principal - line.principal_paid for line in replayed.standings), ZERO)
        paid = sum((line.paid for line in replayed.standings), ZERO)
        return {
            "version": loan.account_version, "paid": str(paid), "outstanding": str(replayed.outstanding),
            "outstanding_principal": str(principal),
        }  # fmt: skip

    def _loan(self, loan: Loan, step: str, day: date, *, with_schedule: bool = False) -> Envelope:
        loan.version += 1
        data: dict[str, object] = {
            "loan_id": str(loan.id), "loan_number": loan.number, "member_id": str(loan.member_id),
            "union_id": str(loan.union_id), "status": loan.status, "principal": str(loan.principal),
            "loan_type_id": loan.loan_type_id and str(loan.loan_type_id),
            "interest_total": str(sum((line[2] for line in loan.lines), ZERO)),
            "created_at": loan.created_at.isoformat(), "disbursed_on": loan.disbursed_on and str(loan.disbursed_on),
        }  # fmt: skip
        if with_schedule:
            data["schedule_version"] = loan.schedule_version
            data["schedule"] = [
                {"sequence": number, "due_on": str(due), "principal": str(principal), "interest": str(interest)}
                for number, (due, principal, interest) in enumerate(loan.lines, 1)
            ]
        return event(f"lending.loan.{step}.v1", loan.id, loan.version, data, noon(day))
