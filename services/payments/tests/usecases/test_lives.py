"""Loans that live at random, beside a naive model: after every step every balance is the same, to the kobo."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from services.payments.domain.allocation import Overpayment
from services.payments.domain.settlement import settlement
from services.payments.models.ledger import allocations, charges
from services.payments.queries import counts
from services.payments.queries.ledger import standings_of
from services.payments.queries.loans import loans_in_short
from services.payments.queries.statements import statements_of
from services.payments.tests.conftest import (
    AT,
    DISBURSED_ON,
    Line,
    Loan,
    account_of,
    interest_rule_of,
    repayments_of,
    schedule_of,
    weekly,
)
from services.payments.tests.naive import PARTS, NaiveLoan, NaiveRepayment, lines_of
from services.payments.usecases.charges import ChargeAlreadyPaid
from shared import tally
from shared.db import Sessions
from shared.tally import EVERYBODY

DAYS = st.integers(0, 40).map(lambda number: DISBURSED_ON + timedelta(days=number))
CENTS = st.decimals(min_value="0.01", max_value="180", places=2)
OPEN_STATUSES = {"ACTIVE", "DEFAULTED", "APPROVED"}


class Life(RuleBasedStateMachine):
    """One loan, and what the plainest reading of the rules makes of it. The world is set by the test."""

    world: dict[str, Any]

    @initialize(
        interest=st.sampled_from(["0.00", "4.41"]),
        is_declining=st.booleans(),
        status=st.sampled_from(["ACTIVE", "APPROVED"]),
    )
    def begin(self, interest: str, is_declining: bool, status: str) -> None:
        method = "DECLINING_BALANCE" if is_declining else "FLAT"
        self.lines: list[Line] = weekly(3, "100.00", interest)
        self.loan: Loan = self.world["a_loan"](
            lines=self.lines, status=status, facts={"terms": {"interest_method": method}}
        )
        self.status, self.versions = status, 4
        self.naive = NaiveLoan(self._naive_lines())
        self.entries, self.arrival, self.rebates = 0, 0, {}
        self.charge_ids: list[Any] = []

    def _naive_lines(self) -> Any:
        return lines_of([(line.sequence, line.due_on, line.interest, line.principal) for line in self.lines])

    @property
    def owed(self) -> Decimal:
        return self.naive.owed_in_all() - self.naive.paid_in_all()

    @property
    def is_running(self) -> bool:
        return self.status in OPEN_STATUSES and (self.owed > 0 or not self.naive.repayments)

    def _pay(self, amount: Decimal, day: date) -> None:
        moment = datetime.combine(day, time(9), AT.tzinfo)
        paid = self.world["pay"](self.loan, str(amount), paid_at=moment, paid_on=day)
        self.arrival, self.entries = self.arrival + 1, self.entries + 1
        self.naive.repayments.append(NaiveRepayment(paid.repayment.id, amount, day, self.arrival))

    @precondition(lambda self: self.owed > 0 and (self.is_running or self.status == "WRITTEN_OFF"))
    @rule(amount=CENTS, day=DAYS)
    def pay(self, amount: Decimal, day: date) -> None:
        """On any day, before or after others; too much is refused and changes nothing."""
        if self._settles(day) == amount:
            return
        if amount > self.owed:
            with pytest.raises(Overpayment):
                self._pay(amount, day)
        else:
            self._pay(amount, day)

    @precondition(lambda self: self.owed > 0 and self.is_running)
    @rule(day=DAYS)
    def settle(self, day: date) -> None:
        """Exactly what settles the loan on a day closes it."""
        amount, before = self._settles(day), self.owed
        if not amount:
            return
        self._pay(amount, day)
        if amount < before:
            self.rebates[self.naive.repayments[-1].name] = before - amount
            self._rebate()

    def _settles(self, day: date) -> Decimal:
        with self.world["sessions"]() as session:
            standings = standings_of(session.connection(), [self.loan.id])[self.loan.id]
        rule_of_interest = interest_rule_of(account_of(self.world["sessions"], self.loan.id))
        return settlement(standings, rule_of_interest, on=day).total

    def _rebate(self) -> None:
        live = {repayment.name for repayment in self.naive.repayments}
        self.naive.rebates = [amount for name, amount in self.rebates.items() if name in live]

    @precondition(lambda self: self.naive.repayments)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.naive.repayments))
        self.world["reverse"](gone.name)
        self.naive.repayments.remove(gone)
        self.entries += 1
        self._rebate()

    @precondition(lambda self: self.is_running)
    @rule(kind=st.sampled_from(["fee", "penalty"]), amount=CENTS, day=DAYS)
    def charge(self, kind: str, amount: Decimal, day: date) -> None:
        added = self.world["charge"](self.loan, str(amount), kind=kind.upper(), due_on=day)
        self.charge_ids.append(added.id)
        self.naive.charges.append((kind, day, amount, False))

    @precondition(lambda self: self.is_running and any(not waived for *_, waived in self.naive.charges))
    @rule(data=st.data())
    def waive(self, data: st.DataObject) -> None:
        """Whatever was paid of it goes elsewhere; when there is nowhere to go, it is refused."""
        live = [place for place, (*_, waived) in enumerate(self.naive.charges) if not waived]
        place = data.draw(st.sampled_from(live))
        kind, day, amount, _ = self.naive.charges[place]
        if amount > self.owed:
            with pytest.raises(ChargeAlreadyPaid):
                self.world["waive"](self.loan, self.charge_ids[place])
        else:
            self.world["waive"](self.loan, self.charge_ids[place])
            self.naive.charges[place] = (kind, day, amount, True)

    @precondition(lambda self: self.status in OPEN_STATUSES)
    @rule(count=st.integers(1, 5), principal=st.sampled_from(["60.00", "150.00"]))
    def reschedule(self, count: int, principal: str) -> None:
        """Another schedule, unless it would come to less than was paid, which lending does not allow."""
        lines = weekly(count, principal, "2.00")
        after = NaiveLoan(lines_of([(x.sequence, x.due_on, x.interest, x.principal) for x in lines]))
        after.charges, after.rebates = self.naive.charges, self.naive.rebates
        if after.owed_in_all() < self.naive.paid_in_all():
            return
        self.lines, self.naive.lines = lines, after.lines
        self._tell("rescheduled", lines=lines, schedule_version=self.versions)

    @precondition(lambda self: self.status == "ACTIVE" and self.is_running)
    @rule(status=st.sampled_from(["DEFAULTED", "WRITTEN_OFF"]))
    def give_up(self, status: str) -> None:
        self.status = status
        self._tell(status.lower(), lines=[])

    def _tell(self, step: str, **changes: Any) -> None:
        self.versions += 1
        facts = self.loan.facts | {"closed_at": AT if self.status == "WRITTEN_OFF" else None}
        self.world["hear"](self.loan.event(step, status=self.status, version=self.versions, facts=facts, **changes))

    @invariant()
    def every_balance_agrees(self) -> None:
        sessions: Sessions = self.world["sessions"]
        account, rows = account_of(sessions, self.loan.id), schedule_of(sessions, self.loan.id)
        paid = self.naive.paid()
        assert {(row["sequence"], part): row[f"{part}_paid"] for row in rows for part in PARTS} == paid
        assert {(row["sequence"], part): row[part] for row in rows for part in PARTS} == dict(self.naive.cells())
        assert account["paid"] == self.naive.paid_in_all()
        assert account["outstanding"] == self.owed
        unpaid = [row["principal"] - row["principal_paid"] for row in rows]
        assert account["outstanding_principal"] == sum(unpaid)
        assert account["status"] == self._status()
        assert (account["closed_at"] is None) == (account["status"] not in {"COMPLETED", "WRITTEN_OFF"})

    @invariant()
    def every_repayment_lies_where_it_should(self) -> None:
        sessions: Sessions = self.world["sessions"]
        found: dict[Any, dict[tuple[int, str], Decimal]] = {one.name: {} for one in self.naive.repayments}
        numbers = {row["id"]: row["sequence"] for row in schedule_of(sessions, self.loan.id)}
        with sessions() as session:
            for row in session.execute(select(allocations)).mappings():
                if row["instalment_id"] in numbers:
                    parts = {(numbers[row["instalment_id"]], part): row[part] for part in PARTS if row[part]}
                    found[row["repayment_id"]] |= parts
        assert found == self.naive.allocations()
        entries = repayments_of(sessions, self.loan.id)
        assert sum(row["amount"] for row in entries) == self.naive.paid_in_all()
        assert len(entries) == self.entries
        assert [row["account_version"] for row in entries] == sorted({row["account_version"] for row in entries})

    @invariant()
    def counts_agree(self) -> None:
        rows = schedule_of(self.world["sessions"], self.loan.id)
        self.world["listed"][self.loan.id] = Counter(
            counts.PAID if row["closed_at"] else counts.OPEN for row in rows if row["is_listed"]
        )
        expected = sum(self.world["listed"].values(), Counter())
        with self.world["sessions"]() as session:
            for kind in (counts.OPEN, counts.PAID):
                counted = tally.total(session.connection(), counts.INSTALMENTS, [EVERYBODY], [kind])
                assert counted == expected[kind]

    @invariant()
    def a_statement_of_any_day_ends_with_what_was_owed_then(self) -> None:
        with self.world["sessions"]() as session:
            connection = session.connection()
            loans = loans_in_short(connection, [self.loan.id])
            for days in (0, 5, 20, 400):
                stated = statements_of(connection, loans, DISBURSED_ON + timedelta(days=days))[self.loan.id]
                turnover = stated.turnover(DISBURSED_ON + timedelta(days=3))
                assert turnover.closing == (turnover.opening + turnover.charged - turnover.received - turnover.given_up)
                # What was paid for charges of a later day is more than was owed.
                ahead = stated.turnover(DISBURSED_ON).received - sum(line.paid for line in stated.standings)
                assert stated.balance == sum(line.owed for line in stated.standings) - ahead
                assert ahead >= 0
        assert (stated.balance, ahead) == (self.owed, 0)

    def _status(self) -> str:
        if self.status == "WRITTEN_OFF":
            return self.status
        if self.naive.repayments and not self.owed:
            return "COMPLETED"
        return "ACTIVE" if self.status == "APPROVED" and self.naive.repayments else self.status


def test_loans_that_live_at_random_agree_with_a_naive_model(
    sessions: Sessions,
    a_loan: Callable[..., Loan],
    a_union: Callable[..., Any],
    pay: Callable[..., Any],
    reverse: Callable[..., Any],
    charge: Callable[..., Any],
    waive: Callable[..., Any],
    hear: Callable[..., None],
) -> None:
    union_id = a_union()
    Life.world = {
        "sessions": sessions, "pay": pay, "reverse": reverse, "charge": charge, "waive": waive, "hear": hear,
        "a_loan": lambda **changes: a_loan(union_id=union_id, **changes), "listed": {},
    }  # fmt: skip
    how = settings(
        max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(Life, settings=how)
    with sessions() as session:
        assert session.execute(select(charges.c.id)).first() is not None
