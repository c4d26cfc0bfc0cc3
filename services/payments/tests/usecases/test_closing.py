"""Positions of any day: those written down when the day was closed, and those that facts give later, are the same."""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, true

from services.payments.commands.close_day import DayEnd
from services.payments.domain.account import LoanStatus
from services.payments.domain.portfolio import Bucket, Holding, Portfolio, Position, bucket
from services.payments.domain.settlement import settlement
from services.payments.models.collection import arrears_of_day, portfolio_of_day
from services.payments.models.ledger import charges, repayments, waivers
from services.payments.queries.ledger import standings_of
from services.payments.queries.portfolio import late_on, portfolio_on
from services.payments.queries.positions import AsOf
from services.payments.tests.conftest import DISBURSED_ON, Loan, account_of, interest_rule_of, schedule_of, weekly
from services.payments.tests.naive import NaiveLoan, NaiveRepayment, lines_of
from services.payments.usecases.charges import ChargeAlreadyPaid, waive_charge
from shared.context import Context
from shared.db import Sessions, unit_of_work
from shared.testing import SignedIn

ZONE = "Africa/Lagos"
LAST_DAY = DISBURSED_ON + timedelta(days=75)
CHARGED = {"penalty_per_day": Decimal("1.50"), "terms": {"penalty_mode": "CHARGED", "penalty_grace_days": 2}}
REBATED = {"terms": {"rebates_unearned_interest": True}}


def close(sessions: Sessions, day: date, *, again: bool = False) -> int:
    """Close a day; returns how many loans were live."""
    day_end = DayEnd(sessions, AsOf(day, ZONE))
    day_end.begin(parts=3, again=again)
    return day_end.work()


def written_down(sessions: Sessions, day: date) -> tuple[dict[Any, Position], dict[str, Holding]]:
    """Which loans were in arrears, and what all came to, as it was kept when the day was closed."""
    with sessions() as session:
        late = session.execute(select(arrears_of_day).where(arrears_of_day.c.day == day)).mappings().all()
        whole = session.execute(select(portfolio_of_day).where(portfolio_of_day.c.day == day)).mappings().all()
    positions = {row["loan_id"]: Position(*(row[name] for name in Position.__dataclass_fields__)) for row in late}
    portfolio = Portfolio(
        (Bucket(row["bucket"]), Holding(*(row[name] for name in Holding.__dataclass_fields__))) for row in whole
    )
    return positions, _held(portfolio)


def _held(portfolio: Portfolio) -> dict[str, Holding]:
    return {name.value: holding for name, holding in portfolio.holdings.items() if holding.loans}


def from_facts(sessions: Sessions, day: date) -> tuple[dict[Any, Position], dict[str, Holding]]:
    """The position as anybody who asks later gets it."""
    as_of = AsOf(day, ZONE)
    with sessions() as session:
        late = dict(late_on(session.connection(), as_of, true()))
        portfolio = portfolio_on(session.connection(), as_of, true())
    return late, _held(portfolio)


class Life:
    """Loans to which something happens on most days, and a naive reading of what their facts come to."""

    def __init__(
        self, sessions: Sessions, chance: random.Random, deeds: dict[str, Callable[..., Any]], by: Any
    ) -> None:
        self.sessions, self.chance, self.deeds, self.by = sessions, chance, deeds, by
        self.loans: list[Loan] = []
        self.written_off: dict[Any, date] = {}

    def live(self, day: date, *, backdating: bool) -> None:
        """One day of every loan."""
        for loan in self.loans:
            deed = self.chance.choice(
                ["pay", "pay", "pay", "nothing", "charge", "waive", "reverse", "settle", "write_off"]
            )
            if deed != "nothing" and loan.id not in self.written_off:
                paid_on = day - timedelta(days=self.chance.choice([0, 0, 3, 11]) if backdating else 0)
                getattr(self, deed)(loan, day, max(paid_on, DISBURSED_ON))

    def pay(self, loan: Loan, day: date, paid_on: date, amount: Decimal | None = None) -> None:
        owed = account_of(self.sessions, loan.id)["outstanding"]
        if owed:
            amount = amount or min(owed, Decimal(self.chance.randrange(1, 26_000)) / 100)
            self.deeds["pay"](
                loan, str(amount), paid_at=at(paid_on), paid_on=paid_on, recorded_at=at(day), business_date=day
            )

    def settle(self, loan: Loan, day: date, _: date) -> None:
        account = account_of(self.sessions, loan.id)
        if account["outstanding"] and self.chance.random() < 0.3:
            with self.sessions() as session:
                standings = standings_of(session.connection(), [loan.id])[loan.id]
            self.pay(loan, day, day, settlement(standings, interest_rule_of(account), on=day).total)

    def charge(self, loan: Loan, day: date, due_on: date) -> None:
        if account_of(self.sessions, loan.id)["outstanding"]:
            self.deeds["charge"](loan, "7.77", due_on=due_on, at=at(day), business_date=day)

    def waive(self, loan: Loan, day: date, _: date) -> None:
        is_open = [
            row for row in self._rows(charges, loan) if row["kind"] != "INTEREST_REBATE" and not row["waived_on"]
        ]
        if is_open and account_of(self.sessions, loan.id)["outstanding"]:
            facts = {"by": self.by, "reason": "Goodwill", "at": at(day), "business_date": day}
            try:
                with unit_of_work(self.sessions, "payments", Context()) as uow:
                    waive_charge(uow, loan_id=loan.id, charge_id=self.chance.choice(is_open)["id"], **facts)
            except ChargeAlreadyPaid:
                return

    def reverse(self, loan: Loan, day: date, _: date) -> None:
        rows = self._rows(repayments, loan)
        gone = {row["reversal_of_id"] for row in rows}
        existing = [row for row in rows if row["amount"] > 0 and row["id"] not in gone and row["paid_on"] <= day]
        if existing:
            self.deeds["reverse"](self.chance.choice(existing)["id"], at=at(day), business_date=day)

    def write_off(self, loan: Loan, day: date, _: date) -> None:
        if account_of(self.sessions, loan.id)["outstanding"] and self.chance.random() < 0.1:
            self.written_off[loan.id] = day
            facts = loan.facts | {"closed_at": at(day), "disbursed_at": at(DISBURSED_ON)}
            self.deeds["hear"](
                loan.event("written_off", status=LoanStatus.WRITTEN_OFF, version=9, lines=(), facts=facts)
            )

    def naive(self, loan: Loan, day: date) -> Position | None:
        """Where a loan stood at the end of a day, read from its facts as plainly as can be; None if it was not live."""
        if self.written_off.get(loan.id, LAST_DAY) <= day:
            return None
        rows = self._rows(repayments, loan)
        gone = {row["reversal_of_id"] for row in rows if row["business_date"] <= day}
        counted = [row for row in rows if row["amount"] > 0 and row["paid_on"] <= day and row["id"] not in gone]
        existing = [row for row in self._rows(charges, loan) if row["due_on"] <= day]
        naive = NaiveLoan(
            lines_of([(line.sequence, line.due_on, line.interest, line.principal) for line in loan.lines]),
            [NaiveRepayment(row["id"], row["amount"], row["paid_on"], row["account_version"]) for row in counted],
            [
                (row["kind"].lower(), row["due_on"], row["amount"], bool(row["waived_on"]) and row["waived_on"] <= day)
                for row in existing
                if not _is_rebate(row)
            ],
            [
                row["amount"]
                for row in existing
                if _is_rebate(row) and row["repayment_id"] in {row["id"] for row in counted}
            ],
        )
        return _position(naive, day)

    def _rows(self, table: Any, loan: Loan) -> list[Any]:
        query = select(table).where(table.c.loan_id == loan.id).order_by(table.c.id)
        if table is charges:
            query = query.outerjoin(waivers).add_columns(waivers.c.business_date.label("waived_on"))
        with self.sessions() as session:
            return list(session.execute(query).mappings())


def _is_rebate(charge: Any) -> bool:
    return bool(charge.kind == "INTEREST_REBATE")


def _position(naive: NaiveLoan, day: date) -> Position | None:
    paid, lines = naive.paid(), naive.all_lines()
    owed = {
        line.sequence: sum(line.due.values()) - sum(paid[line.sequence, part] for part in line.due) for line in lines
    }
    late = [line for line in lines if line.due_on < day and owed[line.sequence]]
    outstanding = sum(owed.values())
    principal = sum(line.due["principal"] - paid[line.sequence, "principal"] for line in lines)
    days = (day - min(line.due_on for line in late)).days if late else 0
    return Position(days, sum(owed[line.sequence] for line in late), outstanding, principal) if outstanding else None


def at(day: date) -> datetime:
    return datetime.combine(day, time(11, 30), UTC)


@pytest.fixture
def life(
    sessions: Sessions,
    a_loan: Callable[..., Loan],
    admin: SignedIn,
    pay: Any,
    charge: Any,
    reverse: Any,
    hear: Any,
) -> Callable[[int], Life]:
    def life(seed: int) -> Life:
        deeds = {"pay": pay, "charge": charge, "reverse": reverse, "hear": hear}
        life = Life(sessions, random.Random(seed), deeds, admin.actor)
        for facts in ({}, {}, CHARGED, REBATED):
            life.loans.append(a_loan(lines=weekly(6, "100.00", "11.11"), facts=facts))
        return life

    return life


def days(step: int = 3) -> Iterable[date]:
    return (DISBURSED_ON + timedelta(days=number) for number in range(1, 75, step))


def test_any_day_is_what_a_naive_reading_of_the_facts_gives(sessions: Sessions, life: Callable[[int], Life]) -> None:
    book = life(1)
    for day in days():
        book.live(day, backdating=True)
        close(sessions, day)
    for day in days(2):
        naive = {loan.id: position for loan in book.loans if (position := book.naive(loan, day))}
        late, holdings = from_facts(sessions, day)
        assert late == {loan_id: position for loan_id, position in naive.items() if position.days_in_arrears}
        assert holdings == _held(
            Portfolio(
                (bucket(one.days_in_arrears), Holding(1, one.outstanding_principal, one.outstanding, one.arrears))
                for one in naive.values()
            )
        )


def test_a_closed_day_says_for_ever_what_facts_that_come_later_do_not_change(
    sessions: Sessions, life: Callable[[int], Life]
) -> None:
    book = life(4)
    for day in days():
        book.live(day, backdating=False)
        close(sessions, day)
    closed = [written_down(sessions, day) for day in days()]
    assert closed == [from_facts(sessions, day) for day in days()]
    assert any(positions for positions, _ in closed)


def test_closing_a_day_again_changes_nothing_but_for_late_facts(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Any]
) -> None:
    loan, day = a_loan(facts=CHARGED), DISBURSED_ON + timedelta(days=20)
    assert close(sessions, day) == 1
    before, account = written_down(sessions, day), account_of(sessions, loan.id)
    assert close(sessions, day) == 0
    assert (written_down(sessions, day), account_of(sessions, loan.id)) == (before, account)
    paid_on = day - timedelta(days=1)
    pay(loan, "100.00", paid_at=at(paid_on), paid_on=paid_on)
    assert written_down(sessions, day) == before
    assert close(sessions, day, again=True) == 1
    assert written_down(sessions, day) == from_facts(sessions, day) != before
    # The penalty of the day was charged once.
    assert schedule_of(sessions, loan.id)[2]["penalty"] == account_of(sessions, loan.id)["daily_penalty"]
