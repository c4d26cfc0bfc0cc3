"""Loans as events, from their draft to their end, for tests that need more of them than a status and a sum.

What happens is said step by step; the events carry what the reports read, and the versions count by themselves.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from services.reporting.tests.events import event
from shared.ids import new_id
from shared.messaging.events import Envelope

ZERO = Decimal("0.00")
PARTS = ("penalty", "fee", "interest", "principal")
Parts = dict[str, Decimal]
Line = tuple[date, Decimal, Decimal]


def at(day: date) -> datetime:
    """Noon of a day in UTC, which is the same day in the institution's zone."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def parts(**given: str | Decimal) -> Parts:
    """What money was put on: `parts(interest="100")`."""
    return {name: Decimal(given.get(name, 0)) for name in PARTS}


@dataclass
class LoanLife:
    """One loan; each step adds its events to `events`."""

    union_id: UUID
    member_id: UUID
    number: int
    loan_type_id: UUID | None = None
    principal: Decimal = Decimal("1000.00")
    fee: Decimal = ZERO
    id: UUID = field(default_factory=new_id)
    events: list[Envelope] = field(default_factory=list)
    paid: Decimal = ZERO
    lines: list[Line] = field(default_factory=list)
    put_on: dict[UUID, Parts] = field(default_factory=dict)
    _facts: dict[str, Any] = field(default_factory=dict)
    _versions: Any = field(default_factory=lambda: count(1))
    _account_versions: Any = field(default_factory=lambda: count(1))
    _schedules: Any = field(default_factory=lambda: count(1))

    def drafted(self, day: date) -> "LoanLife":
        """Somebody wrote the application."""
        self._facts = {"created_at": at(day).isoformat(), "disbursed_on": None, "end_on": day.isoformat()}
        return self._step("created", "DRAFT", day)

    def submitted(self, day: date) -> "LoanLife":
        """It waits for approval."""
        self._facts["submitted_at"] = at(day).isoformat()
        return self._step("submitted", "PENDING_APPROVAL", day)

    def approved(self, day: date) -> "LoanLife":
        """It waits for its money."""
        self._facts["approved_at"] = at(day).isoformat()
        return self._step("approved", "APPROVED", day)

    def disbursed(self, day: date, lines: list[Line], *, recorded: date | None = None) -> "LoanLife":
        """The money went out; `lines` are the due days with their principal and interest."""
        self.lines = lines
        self._facts |= {"disbursed_on": day.isoformat(), "end_on": lines[-1][0].isoformat()}
        return self._step("disbursed", "ACTIVE", recorded or day, self._schedule())

    def rescheduled(self, day: date, lines: list[Line]) -> "LoanLife":
        """Other lines count from this day."""
        self.lines = lines
        self._facts["end_on"] = lines[-1][0].isoformat()
        return self._step("rescheduled", "ACTIVE", day, self._schedule())

    def moved(self, day: date, union_id: UUID) -> "LoanLife":
        """Its member went to another union."""
        self.union_id = union_id
        return self._step("updated", "ACTIVE", day)

    def ended(self, day: date, step: str = "completed", status: str = "COMPLETED") -> "LoanLife":
        """It runs no more."""
        self._facts["closed_at"] = at(day).isoformat()
        return self._step(step, status, day)

    def repaid(self, day: date, put_on: Parts, *, recorded: date | None = None, kind: str = "REPAYMENT") -> UUID:
        """Money came in; returns the repayment."""
        amount, repayment_id = sum(put_on.values(), ZERO), new_id()
        self.paid += amount
        self.put_on[repayment_id] = put_on
        allocation = {"allocation_id": str(new_id()), "instalment_id": str(new_id()), "sequence": 1} | _text(put_on)
        self._account(
            "repayment.recorded",
            recorded or day,
            repayment_id=str(repayment_id),
            union_id=str(self.union_id),
            amount=str(amount),
            paid_on=day.isoformat(),
            recorded_at=at(recorded or day).isoformat(),
            allocations=[allocation],
            kind=kind,
        )
        return repayment_id

    def reversed(self, day: date, repayment_id: UUID, amount: Decimal) -> "LoanLife":
        """A repayment was taken back."""
        self.paid -= amount
        del self.put_on[repayment_id]
        self._account(
            "repayment.reversed",
            day,
            reversal_id=str(new_id()),
            repayment_id=str(repayment_id),
            union_id=str(self.union_id),
            amount=str(amount),
            paid_on=day.isoformat(),
            recorded_at=at(day).isoformat(),
        )
        return self

    def replayed(self, day: date, put_on: dict[UUID, Parts]) -> "LoanLife":
        """All money that still counts was put on the schedule anew."""
        self.put_on = dict(put_on)
        repayments = [{"repayment_id": str(one), "allocations": [_text(each)]} for one, each in put_on.items()]
        self._account("account.replayed", day, repayments=repayments, recorded_at=at(day).isoformat())
        return self

    def _schedule(self) -> dict[str, Any]:
        return {
            "schedule_version": next(self._schedules),
            "schedule": [
                {"sequence": number, "due_on": due.isoformat(), "principal": str(principal), "interest": str(interest)}
                for number, (due, principal, interest) in enumerate(self.lines, start=1)
            ],
        }

    def _step(self, step: str, status: str, day: date, more: dict[str, Any] | None = None) -> "LoanLife":
        data = {
            "loan_id": str(self.id),
            "loan_number": f"LN{self.number:08d}",
            "member_id": str(self.member_id),
            "union_id": str(self.union_id),
            "loan_type_id": str(self.loan_type_id) if self.loan_type_id else None,
            "principal": str(self.principal),
            "interest_total": str(sum((interest for _, _, interest in self.lines), ZERO)),
            "processing_fee": str(self.fee),
            "processing_fee_collected": bool(self.fee),
            "status": status,
            **self._facts,
            **(more or {}),
        }
        self.events.append(event(f"lending.loan.{step}.v1", self.id, next(self._versions), data, at(day)))
        return self

    def _account(self, type_: str, day: date, **data: Any) -> None:
        version = next(self._account_versions)
        owed = sum((principal + interest for _, principal, interest in self.lines), ZERO) - self.paid
        principal = self.principal - sum((each["principal"] for each in self.put_on.values()), ZERO)
        account = {
            "version": version, "paid": str(self.paid), "outstanding": str(max(owed, ZERO)),
            "outstanding_principal": str(max(principal, ZERO)),
        }  # fmt: skip
        data |= {"loan_id": str(self.id), "account": account}
        self.events.append(event(f"payments.{type_}.v1", self.id, version, data, at(day)))


def _text(put_on: Parts) -> dict[str, str]:
    return {name: str(amount) for name, amount in put_on.items()}


def union(union_id: UUID, officer_id: UUID, name: str, day: date, version: int = 1) -> Envelope:
    """A union that an officer has from a day on."""
    data = {
        "union_id": str(union_id), "name": name, "location": None, "address": None, "officer_id": str(officer_id),
        "created_at": at(day).isoformat(), "updated_at": at(day).isoformat(),
    }  # fmt: skip
    return event(f"membership.union.{'created' if version == 1 else 'assigned'}.v1", union_id, version, data, at(day))


def member(member_id: UUID, union_id: UUID, first_name: str, last_name: str, day: date) -> Envelope:
    """A member of a union."""
    data = {
        "member_id": str(member_id), "code": f"MEM{member_id.int % 1_000_000:06d}", "first_name": first_name,
        "last_name": last_name, "union_id": str(union_id),
        "details": {"is_verified": True, "created_at": at(day).isoformat(), "phone": "+2348000000000"},
    }  # fmt: skip
    return event("membership.member.created.v1", member_id, 1, data, at(day))


def loan_type(loan_type_id: UUID, name: str, day: date) -> Envelope:
    """A loan type."""
    return event(
        "lending.loan_type.created.v1", loan_type_id, 1, {"loan_type_id": str(loan_type_id), "name": name}, at(day)
    )
