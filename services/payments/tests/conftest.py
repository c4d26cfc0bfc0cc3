"""Fixtures of payments' tests. Loans come the way they come in life: lending tells of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import hypothesis
import pytest
from sqlalchemy import select

from services.payments.__main__ import SERVICE
from services.payments.consumers import handlers
from services.payments.domain.account import Account
from services.payments.domain.facts import ChargeKind
from services.payments.domain.settlement import InterestRule
from services.payments.models.ledger import allocations, instalments, loan_accounts, repayments
from services.payments.steps.repayments import Payment, Recorded
from services.payments.usecases.charges import add_charge, waive_charge
from services.payments.usecases.repayments import record_repayments
from services.payments.usecases.reversal import reverse_repayment
from shared.context import Actor, Context
from shared.db import Sessions, UnitOfWork, unit_of_work
from shared.errors import DomainError
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json
from shared.testing import Fixtures, SignedIn, published_events

# How long an example takes says something about the machine only.
hypothesis.settings.register_profile("without deadline", deadline=None)
hypothesis.settings.load_profile("without deadline")

fixtures = Fixtures(SERVICE)
database, settings, sessions = fixtures.database, fixtures.settings, fixtures.sessions
uow, app, client, sign_in = fixtures.uow, fixtures.app, fixtures.client, fixtures.sign_in
statements = fixtures.statements

AT = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
DISBURSED_ON = date(2026, 3, 11)
Row = dict[str, Any]


def an_event(event_type: str, aggregate_id: UUID, version: int, data: Row) -> Envelope:
    """An event as it arrives from the bus."""
    source = event_type.partition(".")[0]
    return Envelope(new_id(), event_type, source, aggregate_id, version, AT, None, None, None, in_json(data))


@dataclass(frozen=True, slots=True)
class Line:
    """An instalment as lending plans it."""

    sequence: int
    due_on: date
    principal: Decimal
    interest: Decimal = Decimal("0.00")
    instalment_id: UUID = field(default_factory=new_id)


def weekly(count: int, principal: str, interest: str = "0.00", *, start: date = DISBURSED_ON) -> list[Line]:
    """Equal instalments, one every week after `start`."""
    return [Line(n, start + timedelta(weeks=n), Decimal(principal), Decimal(interest)) for n in range(1, count + 1)]


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as lending would tell of it."""

    union_id: UUID
    id: UUID = field(default_factory=new_id)
    member_id: UUID = field(default_factory=new_id)
    loan_number: str = "LN00000001"
    status: str = "ACTIVE"
    version: int = 4
    schedule_version: int = 1
    lines: Sequence[Line] = ()
    facts: Row = field(default_factory=dict)

    def event(self, step: str = "disbursed", **changes: Any) -> Envelope:
        """The event of a step in this loan's life, after `changes` of it."""
        loan = replace(self, **changes)
        return an_event(f"lending.loan.{step}.v1", loan.id, loan.version, loan.facts_of_lending())

    def facts_of_lending(self) -> Row:
        facts = {
            "loan_id": self.id, "loan_number": self.loan_number, "member_id": self.member_id,
            "union_id": self.union_id, "loan_type_id": None, "currency": "NGN",
            "principal": sum((line.principal for line in self.lines), Decimal(0)) or Decimal("50000.00"),
            "term_count": len(self.lines) or 12, "term_unit": "WEEK", "start_on": DISBURSED_ON,
            "end_on": self.lines[-1].due_on if self.lines else DISBURSED_ON, "annual_rate": "0.240000",
            "interest_total": sum((line.interest for line in self.lines), Decimal(0)),
            "processing_fee": Decimal("500.00"), "processing_fee_collected": True,
            "penalty_per_day": Decimal("0.00"), "status": self.status, "created_by": new_id(),
            "submitted_at": AT, "approved_at": AT, "approved_by": new_id(),
            "disbursed_on": DISBURSED_ON, "disbursed_at": AT if self.status == "ACTIVE" else None,
            "disbursement_method": None, "disbursement_reference": None, "closed_at": None, "notes": None,
            "created_at": AT, "updated_at": AT,
        } | self.facts  # fmt: skip
        if not self.lines:
            return facts
        names = ("instalment_id", "sequence", "due_on", "principal", "interest")
        schedule = [{name: getattr(line, name) for name in names} for line in self.lines]
        return facts | {"schedule_version": self.schedule_version, "schedule": schedule}


@pytest.fixture
def hear(sessions: Sessions) -> Callable[..., None]:
    """Delivers events, each in a transaction of its own."""

    def hear(*envelopes: Envelope) -> None:
        for envelope in envelopes:
            deliver(sessions, handlers, [envelope])

    return hear


def union_event(union_id: UUID, officer_id: UUID, *, version: int = 1, step: str = "created") -> Envelope:
    data = {
        "union_id": union_id, "name": "Market Women", "location": "Surulere", "address": None,
        "officer_id": officer_id, "created_at": AT, "updated_at": AT,
    }  # fmt: skip
    return an_event(f"membership.union.{step}.v1", union_id, version, data)


def member_event(member_id: UUID, union_id: UUID, *, version: int = 1, **names: str) -> Envelope:
    data = {
        "member_id": member_id, "code": "MEM000001", "first_name": "Ada", "last_name": "Obi", "union_id": union_id,
        "details": {"phone": None, "email": "ada@example.org", "date_of_birth": "1990-02-01", "is_verified": True},
    } | names  # fmt: skip
    return an_event("membership.member.created.v1", member_id, version, data)


def loan_type_event(loan_type_id: UUID, *, version: int = 1, name: str = "Weekly") -> Envelope:
    data = {
        "loan_type_id": loan_type_id, "name": name, "description": None, "min_amount": Decimal("1000.00"),
        "max_amount": Decimal("50000.00"), "term_unit": "WEEK", "min_term": 1, "max_term": 52, "is_active": True,
        "created_at": AT, "updated_at": AT,
    }  # fmt: skip
    return an_event("lending.loan_type.updated.v1", loan_type_id, version, data)


@pytest.fixture
def a_union(hear: Callable[..., None], officer: SignedIn) -> Callable[..., UUID]:
    """Makes a union that everybody knows of, by default of `officer`."""

    def make(officer_id: UUID | None = None) -> UUID:
        union_id = new_id()
        hear(union_event(union_id, officer_id or officer.id))
        return union_id

    return make


@pytest.fixture
def a_loan(hear: Callable[..., None], a_union: Callable[..., UUID]) -> Callable[..., Loan]:
    """Makes a loan that lending has told of, by default an active one of three instalments of 100.00."""

    def make(**changes: Any) -> Loan:
        union_id = changes.pop("union_id", None) or a_union()
        loan = Loan(union_id=union_id, **({"lines": weekly(3, "100.00")} | changes))
        hear(member_event(loan.member_id, union_id), loan.event())
        return loan

    return make


@pytest.fixture
def pay(sessions: Sessions, admin: SignedIn) -> Callable[..., Recorded]:
    """Records a repayment in a transaction of its own, by default by `admin`."""

    def pay(loan: Loan, amount: str, *, by: Actor | None = None, **changes: Any) -> Recorded:
        with unit_of_work(sessions, "payments", Context(actor=by or admin.actor)) as uow:
            return record(uow, loan, amount, by=by or admin.actor, **changes)

    return pay


@pytest.fixture
def in_one(sessions: Sessions) -> Callable[..., Callable[..., Any]]:
    """Makes of a function that works in a unit of work one that has its own."""

    def in_one(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **facts: Any) -> Any:
            with unit_of_work(sessions, "payments", Context()) as uow:
                return work(uow, *arguments, **facts)

        return run

    return in_one


@pytest.fixture
def reverse_in(admin: SignedIn) -> Callable[..., Any]:
    """Reverses a repayment in the unit of work that is given."""

    def reverse(uow: UnitOfWork, repayment_id: UUID, *, reason: str = "A mistake", **how: Any) -> Any:
        facts = {"at": AT, "business_date": AT.date(), "is_always_allowed": True} | how
        return reverse_repayment(uow, by=admin.actor, repayment_id=repayment_id, reason=reason, **facts)

    return reverse


@pytest.fixture
def charge_in(admin: SignedIn) -> Callable[..., Any]:
    """Puts a charge on a loan, by default a penalty."""

    def charge(uow: UnitOfWork, loan: Loan, amount: str, *, kind: str = "PENALTY", **how: Any) -> Any:
        facts = {"by": admin.actor, "note": None, "at": AT, "business_date": AT.date()} | how
        return add_charge(uow, loan_id=loan.id, kind=ChargeKind(kind), amount=Decimal(amount), **facts)

    return charge


@pytest.fixture
def waive_in(admin: SignedIn) -> Callable[..., Any]:
    """Waives a charge."""

    def waive(uow: UnitOfWork, loan: Loan, charge_id: UUID, *, reason: str = "Goodwill") -> Any:
        facts = {"by": admin.actor, "at": AT, "business_date": AT.date()}
        return waive_charge(uow, loan_id=loan.id, charge_id=charge_id, reason=reason, **facts)

    return waive


@pytest.fixture
def reverse(in_one: Callable[..., Any], reverse_in: Callable[..., Any]) -> Callable[..., Any]:
    return in_one(reverse_in)


@pytest.fixture
def charge(in_one: Callable[..., Any], charge_in: Callable[..., Any]) -> Callable[..., Any]:
    return in_one(charge_in)


@pytest.fixture
def waive(in_one: Callable[..., Any], waive_in: Callable[..., Any]) -> Callable[..., Any]:
    return in_one(waive_in)


@pytest.fixture
def settings_event() -> Callable[..., Envelope]:
    """Makes identity's event about the settings of the institution."""

    def make(version: int, **values: Any) -> Envelope:
        return an_event("identity.settings.updated.v1", new_id(), version, {"settings": values})

    return make


def record(uow: UnitOfWork, loan: Loan, amount: str, *, by: Actor, **changes: Any) -> Recorded:
    facts = {
        "method": "CASH", "paid_at": AT, "paid_on": AT.date(), "recorded_at": AT, "business_date": AT.date(),
    } | changes  # fmt: skip
    return recorded_alone(uow, Payment(by=by, loan_id=loan.id, amount=Decimal(amount), **facts))


def recorded_alone(uow: UnitOfWork, payment: Payment) -> Recorded:
    """Record one payment. Raises what it is refused for."""
    outcome = record_repayments(uow, [payment])[payment.id]
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def facts_published(uow: UnitOfWork) -> list[Envelope]:
    """What a unit of work tells but for the audit trail, each event checked against its contract."""
    return [event for event in published_events(uow) if ".audit." not in event.type]


def account_of(sessions: Sessions, loan_id: UUID) -> Row:
    with sessions() as session:
        row = session.execute(select(loan_accounts).where(loan_accounts.c.loan_id == loan_id)).mappings().one()
        return dict(row)


def interest_rule_of(account: Row) -> InterestRule:
    """How the interest of an account is earned."""
    return Account(**{field.name: account[field.name] for field in fields(Account)}).interest_rule


def schedule_of(sessions: Sessions, loan_id: UUID) -> list[Row]:
    """The instalments of a loan by sequence."""
    with sessions() as session:
        query = select(instalments).where(instalments.c.loan_id == loan_id).order_by(instalments.c.sequence)
        return [dict(row) for row in session.execute(query).mappings()]


def repayments_of(sessions: Sessions, loan_id: UUID) -> list[Row]:
    """The repayments of a loan in order of arrival, each with its `parts` as (sequence, interest, principal)."""
    with sessions() as session:
        query = select(repayments).where(repayments.c.loan_id == loan_id).order_by(repayments.c.account_version)
        found = [dict(row) | {"parts": []} for row in session.execute(query).mappings()]
        parts = (
            select(allocations.c.repayment_id, instalments.c.sequence, allocations.c.interest, allocations.c.principal)
            .join(instalments, instalments.c.id == allocations.c.instalment_id)
            .where(instalments.c.loan_id == loan_id)
            .order_by(instalments.c.sequence)
        )
        by_id = {row["id"]: row for row in found}
        for repayment_id, *part in session.execute(parts):
            by_id[repayment_id]["parts"].append(tuple(part))
        return found
