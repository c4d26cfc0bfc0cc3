"""Positions as of a day: what they are on the day itself, and what is said of the day later."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.payments.domain.facts import ChargeKind
from services.reporting.queries.positions import COLUMNS, Narrowed, positions_from_facts, positions_on
from services.reporting.tests.events import hear
from services.reporting.tests.lender import Lender
from shared.ids import new_id

START = date(2026, 1, 5)
AMOUNTS = ("arrears", "outstanding", "outstanding_principal")


def read(sessions, positions):
    with sessions() as session:
        rows = positions(session.connection()).read(session.connection(), "SELECT * FROM position")
    return {row.loan_id: row._asdict() for row in rows}


def on_the_day(sessions, day, **narrowed):
    return read(sessions, lambda connection: positions_on(connection, day, today=day, narrowed=Narrowed(**narrowed)))


def looked_back_at(sessions, day, **narrowed):
    return read(sessions, lambda _: positions_from_facts(day, narrowed=Narrowed(**narrowed)))


def weekly(chance, day, count, principal, interest):
    each = Decimal(principal) / count
    return [(day + timedelta(weeks=week), round(each, 2), Decimal(interest)) for week in range(1, count + 1)]


class Life:
    """Random lives of some loans, a week at a time."""

    def __init__(self, seed, sessions, *, backdated=False):
        self.chance, self.sessions, self.backdated = random.Random(seed), sessions, backdated
        self.lender, self.heard = Lender(), []
        self.unions, self.people = [new_id() for _ in range(3)], [new_id() for _ in range(3)]
        for union in self.unions:
            self._hear(self.lender.assign(union, self.chance.choice(self.people), START))

    def week(self, day):
        events = []
        if self.chance.random() < 0.6:
            lines = weekly(self.chance, day, self.chance.randrange(2, 8), 840 * self.chance.randrange(1, 5), "7.00")
            events += self.lender.lend(self.chance.choice(self.unions), lines, day)[1]
        if self.chance.random() < 0.2:
            events += self.lender.assign(self.chance.choice(self.unions), self.chance.choice(self.people), day)
        for loan in self.lender.loans.values():
            events += self._something(loan, day)
        self._hear(events)

    def _hear(self, events):
        self.heard += events
        hear(self.sessions, *events)

    def _something(self, loan, day):
        lender, dice = self.lender, self.chance.random()
        may_owe = loan.status in {"ACTIVE", "DEFAULTED"} and loan.outstanding
        if dice < 0.4 and (may_owe or loan.status == "WRITTEN_OFF") and loan.outstanding:
            amount = min(loan.outstanding, Decimal(self.chance.randrange(1, 40000)) / 100)
            paid_on = max(loan.disbursed_on, day - timedelta(days=40)) if self.backdated and dice < 0.1 else day
            return lender.pay(loan, amount, day, paid_on=paid_on)
        if dice < 0.46 and loan.status in {"ACTIVE", "COMPLETED"}:
            live = [paid for paid in loan.paid if not paid.reversed_on]
            return lender.reverse(loan, self.chance.choice(live), day) if live else []
        if not may_owe:
            return []
        if dice < 0.54:
            kind = self.chance.choice([ChargeKind.FEE, ChargeKind.PENALTY])
            ahead = timedelta(days=self.chance.choice([0, 0, 10, 30]))
            return lender.charge(loan, kind, Decimal("15.50"), day, due_on=day + ahead)
        if dice < 0.58:
            paid_with_them = loan.replayed().standings
            unpaid = [each for each in loan.charged if not each.waived_on and loan.outstanding > each.amount]
            return lender.waive(loan, unpaid[0], day) if unpaid and paid_with_them else []
        if dice < 0.64:
            kept = [line for line in loan.lines if line[0] <= day]
            left = loan.principal - sum(line[1] for line in kept)
            if left <= 0:
                return []
            later = [
                (day + timedelta(days=20 * step), part, Decimal("9.00"))
                for step, part in enumerate((left / 2, left / 2), 1)
            ]
            later = [(due, round(part, 2), interest) for due, part, interest in later]
            later[-1] = (later[-1][0], left - later[0][1], later[-1][2])
            return lender.reschedule(loan, [*kept, *later], day)
        if dice < 0.66:
            return lender.step(loan, "written_off", "WRITTEN_OFF", day)
        if dice < 0.70:
            return lender.move(loan, self.chance.choice(self.unions), day)
        return []


def expected(lender, day):
    found = {}
    for loan in lender.loans.values():
        position = loan.position(day) if loan.lines else None
        if loan.status not in {"ACTIVE", "DEFAULTED", "COMPLETED"} or not position or position.outstanding <= 0:
            continue
        found[loan.id] = {
            "union_id": loan.union_id,
            "officer_id": lender.officers[loan.union_id],
            "days_late": position.days_in_arrears,
            "arrears": position.arrears,
            "outstanding": position.outstanding,
            "outstanding_principal": position.outstanding_principal,
        }
    return found


@pytest.mark.parametrize("seed", range(12))
def test_a_day_looked_back_at_is_what_it_was(sessions, seed):
    life, seen = Life(seed, sessions), {}
    for week in range(26):
        day = START + timedelta(weeks=week)
        life.week(day)
        seen[day] = on_the_day(sessions, day)
        rules = expected(life.lender, day)
        assert {key: {name: row[name] for name in rules[key]} for key, row in seen[day].items()} == rules
    for day, figures in seen.items():
        assert looked_back_at(sessions, day) == figures


@pytest.mark.parametrize("seed", range(3))
def test_scopes_add_up_and_both_ways_agree(sessions, seed):
    life = Life(seed, sessions)
    days = [START + timedelta(weeks=week) for week in range(20)]
    for day in days:
        life.week(day)
    for look, day in ((on_the_day, days[-1]), (looked_back_at, days[-1]), (looked_back_at, days[9])):
        whole = look(sessions, day)
        by_officer = [look(sessions, day, officers=[person]) for person in life.people]
        assert {key: row for part in by_officer for key, row in part.items()} == whole
        assert sum(len(part) for part in by_officer) == len(whole)
        by_union = defaultdict(int)
        for row in whole.values():
            by_union[row["union_id"]] += 1
        for union in life.unions:
            assert len(look(sessions, day, union_id=union)) == by_union[union]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_recorded_later_changes_only_what_was_recorded_until_then(sessions, seed):
    life, seen = Life(seed, sessions, backdated=True), {}
    for week in range(20):
        day = START + timedelta(weeks=week)
        life.week(day)
        seen[day] = on_the_day(sessions, day)
    changed = 0
    for day, figures in seen.items():
        as_recorded = read(sessions, lambda _, day=day: positions_from_facts(day, recorded_until=day))
        assert as_recorded == figures
        changed += looked_back_at(sessions, day) != figures
    assert changed, "no day was changed by what was recorded later"


def test_a_day_before_the_first_loan_has_none(sessions):
    life = Life(1, sessions)
    life.week(START)
    assert looked_back_at(sessions, START - timedelta(days=1)) == {}
    assert set(COLUMNS) >= set(AMOUNTS)


def test_a_rebate_closes_a_loan_and_falls_with_its_repayment(sessions):
    lender, union, seven = Lender(), new_id(), Decimal("7.00")
    loan, events = lender.lend(union, weekly(random.Random(1), START, 2, 200, seven), START)
    hear(sessions, *lender.assign(union, new_id(), START), *events)
    first, second = START + timedelta(weeks=1), START + timedelta(days=9)
    hear(sessions, *lender.pay(loan, Decimal("107.00"), first))
    hear(
        sessions,
        *lender.charge(loan, ChargeKind.INTEREST_REBATE, seven, second),
        *lender.pay(loan, Decimal("100.00"), second),
    )
    assert loan.status == "COMPLETED"
    assert on_the_day(sessions, second) == looked_back_at(sessions, second) == {}
    later = START + timedelta(weeks=3)
    # The rebate is given up with the repayment, and no event of its own says so.
    loan.charged[0].waived_on = later
    hear(sessions, *lender.reverse(loan, loan.paid[1], later))
    present = on_the_day(sessions, later)
    assert present == looked_back_at(sessions, later)
    assert [(row["outstanding"], row["arrears"], row["days_late"]) for row in present.values()] == [(107, 107, 7)]
    assert looked_back_at(sessions, second) == {}, "that day it was closed"
