"""Any day asked about later is what it was when it was the newest, though loans were rescheduled since: on statements,
among the loans in arrears, and in the portfolio; and reporting, which follows the same events, has the same figures."""

import random
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from msgspec import structs
from psycopg import sql
from sqlalchemy import select, true

from deploy.database.provision import owner_of
from services.payments.domain.portfolio import Bucket, Holding, Position, bucket
from services.payments.domain.statement import MovementKind
from services.payments.models.ledger import charges, loan_accounts, repayments, waivers
from services.payments.queries.loans import loans_in_short
from services.payments.queries.portfolio import holding_of, late_on, portfolio_on
from services.payments.queries.positions import AsOf
from services.payments.queries.statements import statements_of
from services.payments.tests.conftest import AT, DISBURSED_ON, Line, Loan, account_of, weekly
from services.payments.usecases.charges import ChargeAlreadyPaid, waive_charge
from services.reporting.__main__ import SERVICE as REPORTING
from services.reporting.consumers import handlers as reporting
from services.reporting.queries.positions import positions_from_facts
from shared import migrations
from shared.context import Context
from shared.db import Sessions, make_sessions, unit_of_work
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json
from shared.messaging.outbox import outbox
from shared.postgres.engine import make_engine
from shared.testing import SignedIn, temporary_database

ZONE = "Africa/Lagos"
DAYS = [DISBURSED_ON + timedelta(days=number) for number in range(0, 80, 4)]
INTEREST = Decimal("11.11")


def at(day: date) -> datetime:
    return datetime.combine(day, time(11, 30), UTC)


@pytest.fixture
def followers(postgres_admin_url: str) -> Iterator[Sessions]:
    """The sessions of reporting, in a schema of its own."""
    role = f"t{secrets.token_hex(3)}_reporting"
    with temporary_database(postgres_admin_url, role) as urls:
        migrations.upgrade(REPORTING.folder / "migrations", urls[role].owner)
        engine = make_engine(urls[role].running, pool_size=5)
        yield make_sessions(engine)
        engine.dispose()
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        for name in (role, owner_of(role)):
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


class Lives:
    """Loans to which something happens on most days; reporting hears of it at the end of each."""

    def __init__(self, seed: int, world: dict[str, Any]) -> None:
        self.chance, self.world, self.sessions = random.Random(seed), world, world["sessions"]
        self.events: list[Envelope] = []
        self.heard = 0
        union_id = world["a_union"]()
        self.loans = [self._lend(union_id, number) for number in range(4)]

    def _lend(self, union_id: UUID, number: int) -> Loan:
        facts = {"terms": {"rebates_unearned_interest": True}} if number % 2 else {}
        loan: Loan = self.world["a_loan"](
            union_id=union_id, loan_number=f"LN{number:08}", lines=weekly(6, "100.00", str(INTEREST)), facts=facts
        )
        self.events.append(loan.event())
        return loan

    def live(self, day: date) -> None:
        """One day of every loan."""
        deeds = [self._pay, self._pay, self._pay, self._reschedule, self._charge, self._waive, self._reverse, self._nap]
        for place, loan in enumerate(self.loans):
            account = account_of(self.sessions, loan.id)
            deed = self.chance.choice(deeds)
            if account["status"] == "ACTIVE" or deed == self._reverse:
                deed(place, account, day)
                self._follow(place, account, day)
        with self.sessions() as session:
            rows = session.execute(select(outbox.c.seq, outbox.c.body).where(outbox.c.seq > self.heard)).all()
        self.heard = max((row.seq for row in rows), default=self.heard)
        published = [Envelope.from_json(row.body) for row in rows]
        deliver(
            self.world["followers"], reporting, [*self.events, *(one for one in published if ".audit." not in one.type)]
        )
        self.events = []

    def _step(self, place: int, step: str, day: date, **changes: Any) -> None:
        """Let lending publish a step of a loan."""
        loan = replace(self.loans[place], version=self.loans[place].version + 1, **changes)
        self.loans[place] = loan
        event = loan.event(step, **({} if "lines" in changes else {"lines": ()}))
        contents = in_json(event.data | {"updated_at": at(day).isoformat()})
        event = structs.replace(event, occurred_at=at(day), contents=contents)
        self.events.append(event)
        self.world["hear"](event)

    def _follow(self, place: int, before: dict[str, Any], day: date) -> None:
        """Lending follows the money: a loan ends with it, and is back when it is taken back."""
        status = account_of(self.sessions, self.loans[place].id)["status"]
        if status != before["status"]:
            step = "completed" if status == "COMPLETED" else "reactivated"
            facts = self.loans[place].facts | {"closed_at": at(day) if status == "COMPLETED" else None}
            self._step(place, step, day, status=status, facts=facts)

    def _nap(self, place: int, account: dict[str, Any], day: date) -> None:
        """Nothing happens."""

    def _pay(self, place: int, account: dict[str, Any], day: date) -> None:
        amount = min(account["outstanding"], Decimal(self.chance.randrange(1, 20_000)) / 100)
        self.world["pay"](
            self.loans[place], str(amount), paid_at=at(day), paid_on=day, recorded_at=at(day), business_date=day
        )

    def _reschedule(self, place: int, account: dict[str, Any], day: date) -> None:
        """What has fallen due stays; what is left is asked for in other parts, with more or less interest, and now and
        then less than was paid meanwhile."""
        lines = self.loans[place].lines
        stay = [line for line in lines if line.due_on <= day]
        left = sum((line.principal for line in lines if line.due_on > day), Decimal(0))
        if not left:
            return
        if self.chance.random() < 0.2:
            left /= 4
        count = self.chance.randrange(1, 5)
        parts = [round(left / count, 2) for _ in range(count - 1)]
        parts.append(round(left, 2) - sum(parts, Decimal(0)))
        interest = self.chance.choice([Decimal("0.00"), Decimal("3.30"), INTEREST, Decimal("25.00")])
        step = self.chance.choice([5, 7, 14])
        made = [
            Line(len(stay) + number, day + timedelta(days=step * number), part, interest)
            for number, part in enumerate(parts, start=1)
        ]
        version = self.loans[place].schedule_version + 1
        self._step(place, "rescheduled", day, lines=[*stay, *made], schedule_version=version)

    def _charge(self, place: int, account: dict[str, Any], day: date) -> None:
        due_on = day + timedelta(days=self.chance.choice([0, 0, 9]))
        self.world["charge"](self.loans[place], "7.77", due_on=due_on, at=at(day), business_date=day)

    def _waive(self, place: int, account: dict[str, Any], day: date) -> None:
        given_up = select(waivers.c.charge_id)
        of_loan = (charges.c.loan_id == self.loans[place].id) & (charges.c.kind != "INTEREST_REBATE")
        with self.sessions() as session:
            open_ones = session.scalars(select(charges.c.id).where(of_loan, charges.c.id.not_in(given_up))).all()
        if open_ones:
            facts = {"by": self.world["admin"].actor, "reason": "Goodwill", "at": at(day), "business_date": day}
            try:
                with unit_of_work(self.sessions, "payments", Context()) as uow:
                    waive_charge(uow, loan_id=self.loans[place].id, charge_id=open_ones[0], **facts)
            except ChargeAlreadyPaid:
                return

    def _reverse(self, place: int, account: dict[str, Any], day: date) -> None:
        of_loan = select(repayments).where(repayments.c.loan_id == self.loans[place].id)
        with self.sessions() as session:
            rows = session.execute(of_loan.order_by(repayments.c.account_version)).all()
        gone = {row.reversal_of_id for row in rows}
        live = [row for row in rows if row.amount > 0 and row.id not in gone]
        if live and account["status"] in {"ACTIVE", "COMPLETED"}:
            self.world["reverse"](self.chance.choice(live).id, at=at(day), business_date=day)


def answered(sessions: Sessions, day: date) -> tuple[Any, ...]:
    """The statements to a day, the loans in arrears, and the portfolio by how late it is."""
    with sessions() as session:
        connection = session.connection()
        loans = loans_in_short(connection, connection.scalars(select(loan_accounts.c.loan_id)).all())
        late = dict(late_on(connection, AsOf(day, ZONE), true()))
        portfolio = portfolio_on(connection, AsOf(day, ZONE), true()).holdings
        return statements_of(connection, loans, day), late, portfolio


def reported(sessions: Sessions, day: date) -> tuple[dict[UUID, Position], dict[Bucket, Holding]]:
    """The loans in arrears, and the portfolio by how late it is, as reporting has them."""
    with sessions() as session:
        rows = positions_from_facts(day).read(session.connection(), "SELECT * FROM position")
    found = {
        row.loan_id: Position(row.days_late, row.arrears, row.outstanding, row.outstanding_principal) for row in rows
    }
    holdings: defaultdict[Bucket, Holding] = defaultdict(Holding, dict.fromkeys(Bucket, Holding()))
    for position in found.values():
        holdings[bucket(position.days_in_arrears)] += holding_of(position)
    return {loan_id: position for loan_id, position in found.items() if position.days_in_arrears}, dict(holdings)


@pytest.fixture
def lives(
    sessions: Sessions,
    followers: Sessions,
    admin: SignedIn,
    a_loan: Any,
    a_union: Any,
    pay: Any,
    charge: Any,
    reverse: Any,
    hear: Any,
) -> Callable[[int], Lives]:
    world = {
        "sessions": sessions, "followers": followers, "admin": admin, "a_loan": a_loan, "a_union": a_union, "pay": pay,
        "charge": charge, "reverse": reverse, "hear": hear,
    }  # fmt: skip
    return lambda seed: Lives(seed, world)


@pytest.mark.parametrize("seed", range(6))
def test_a_day_asked_about_later_is_what_it_was(
    sessions: Sessions, followers: Sessions, lives: Callable[[int], Lives], seed: int
) -> None:
    book = lives(seed)
    asked_then = {}
    for day in DAYS:
        book.live(day)
        asked_then[day] = answered(sessions, day)
    for day, then in asked_then.items():
        assert answered(sessions, day) == then
        assert reported(followers, day) == then[1:]
    kinds = {movement.kind for statement in then[0].values() for movement in statement.movements}
    assert MovementKind.NEW_TERMS in kinds


def test_what_a_statement_says_stays_on_the_next_one(sessions: Sessions, lives: Callable[[int], Lives]) -> None:
    """The balance at the end of a statement is the one that the next begins with."""
    book = lives(7)
    closing = {}
    for day in DAYS:
        book.live(day)
        closing[day] = {loan_id: statement.balance for loan_id, statement in answered(sessions, day)[0].items()}
    last = answered(sessions, DAYS[-1])[0]
    for day, balances in closing.items():
        after = day + timedelta(days=1)
        assert {loan_id: statement.turnover(after).opening for loan_id, statement in last.items()} == balances
        for statement in last.values():
            sums = asdict(statement.turnover(after))
            assert sums["opening"] + sums["charged"] - sums["received"] - sums["given_up"] == sums["closing"]


def test_what_was_received_beyond_new_terms_is_asked_for_from_their_day(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Any], hear: Callable[..., None]
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "10.00"))
    pay(loan, "320.00")
    before = answered(sessions, DISBURSED_ON + timedelta(days=5))
    rescheduled = loan.event("rescheduled", version=5, schedule_version=2, lines=weekly(2, "150.00"))
    hear(structs.replace(rescheduled, occurred_at=AT + timedelta(days=10)))
    assert answered(sessions, DISBURSED_ON + timedelta(days=5)) == before
    (statement,) = answered(sessions, DISBURSED_ON + timedelta(days=10))[0].values()
    entries = [(movement.kind, movement.charged, movement.credited) for movement in statement.movements]
    assert entries[2:] == [(MovementKind.NEW_TERMS, 0, 30), (MovementKind.FEE, 20, 0)]
    assert statement.balance == 0


def test_schedules_come_late_or_together_all_the_same(
    sessions: Sessions, a_loan: Callable[..., Loan], hear: Callable[..., None]
) -> None:
    """Each version is kept with its day, whether its event came in turn, after a newer one, or in one transaction."""
    loan = a_loan()
    steps = [
        structs.replace(loan.event("rescheduled", version=4 + n, schedule_version=1 + n, lines=weekly(n, "300.00")),
                id=new_id(), occurred_at=AT + timedelta(days=10 * n))
        for n in (1, 2, 3)
    ]  # fmt: skip
    hear(steps[2])
    for event in (steps[0], steps[1], steps[0]):
        hear(event)
    owed = [300, 300, 600, 900]
    with sessions() as session:
        loans = loans_in_short(session.connection(), [loan.id])
        for tens, amount in enumerate(owed):
            stated = statements_of(session.connection(), loans, DISBURSED_ON + timedelta(days=10 * tens))[loan.id]
            assert stated.balance == amount
            assert len(stated.standings) == [3, 1, 2, 3][tens]
