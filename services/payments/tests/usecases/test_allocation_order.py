"""What SQL assumes of the order of allocation is what `domain.allocation` says, on random books."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from services.payments.domain.allocation import PART_ORDER, allocate
from services.payments.domain.charges import with_charges
from services.payments.domain.instalment import Instalment
from services.payments.domain.portfolio import position
from services.payments.domain.replay import Standing, replay
from services.payments.models.ledger import loan_accounts
from services.payments.queries import accounts
from services.payments.queries.ledger import ledgers_of, standings_of
from services.payments.queries.portfolio import late_on
from services.payments.queries.positions import AsOf
from services.payments.tests.conftest import AT, DISBURSED_ON, Line, Loan
from services.payments.usecases.penalties import accrue_penalties
from shared.context import Context
from shared.db import Sessions, unit_of_work

LOANS = 3
CHARGED = {"penalty_per_day": Decimal("3.00"), "terms": {"penalty_mode": "CHARGED"}}

amounts = st.decimals("0.01", "150.00", places=2)
days = st.integers(0, 45).map(lambda number: DISBURSED_ON + timedelta(days=number))
schedule_lines = st.tuples(
    st.sampled_from([7, 7, 14, 15]), st.sampled_from(["0.00", "4.41"]), st.sampled_from(["0.00", "70.00"])
)
schedules = st.lists(schedule_lines, min_size=2, max_size=5).filter(
    lambda lines: any(line[2] != "0.00" for line in lines)
)
deeds = st.lists(
    st.tuples(st.integers(0, LOANS - 1), st.sampled_from(["pay", "pay", "FEE", "PENALTY", "accrue"]), amounts, days),
    max_size=10,
)


def a_schedule(lines: list[tuple[int, str, str]]) -> list[Line]:
    """Lines of which several may fall due on one day."""
    return [
        Line(number, DISBURSED_ON + timedelta(days=days * (1 + number // 2)), Decimal(principal), Decimal(interest))
        for number, (days, interest, principal) in enumerate(lines, start=1)
    ]


def owed_on(standing: Standing) -> Instalment:
    """What is still owed on an instalment."""
    owed = {part: getattr(standing.due, part) - getattr(standing, f"{part}_paid") for part in PART_ORDER}
    return Instalment(standing.due.sequence, standing.due.due_on, **owed)


def as_instalment(row: Any) -> Instalment:
    return Instalment(row.sequence, row.due_on, **{part: getattr(row, part) for part in PART_ORDER})


def paid_parts(standings: list[Standing]) -> list[tuple[Any, ...]]:
    return sorted(
        (line.due.sequence, line.due.due_on, *(getattr(line, f"{part}_paid") for part in PART_ORDER))
        for line in standings
    )


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(schedules, min_size=LOANS, max_size=LOANS), deeds=deeds, amount=amounts, day=days)
def test_sql_and_the_rule_put_money_on_the_same_instalments(
    sessions: Sessions,
    a_loan: Callable[..., Loan],
    pay: Callable[..., Any],
    charge: Callable[..., Any],
    lines: list[list[tuple[int, str, str]]],
    deeds: list[tuple[int, str, Decimal, date]],
    amount: Decimal,
    day: date,
) -> None:
    loans = [a_loan(lines=a_schedule(of_loan), facts=CHARGED) for of_loan in lines]
    for number, deed, money, on in deeds:
        do(sessions, loans[number], deed, money, on, pay, charge)
    ids = [loan.id for loan in loans]
    with sessions() as session:
        connection = session.connection()
        check_stored_allocations(connection, ids)
        check_instalments_reached(connection, ids, amount)
        check_positions(connection, ids, day)


def do(sessions: Sessions, loan: Loan, deed: str, money: Decimal, on: date, pay: Any, charge: Any) -> None:
    with sessions() as session:
        owed = sum((line.owed for line in standings_of(session.connection(), [loan.id])[loan.id]), Decimal(0))
    if deed == "accrue":
        with unit_of_work(sessions, "payments", Context()) as uow:
            accrue_penalties(uow, [loan.id], on, at=AT)
    elif deed == "pay" and owed:
        pay(loan, str(min(owed, money)), paid_at=datetime.combine(on, time(9), AT.tzinfo), paid_on=on)
    elif owed:
        charge(loan, str(money), kind=deed, due_on=on)


def check_stored_allocations(connection: Connection, ids: list[UUID]) -> None:
    """What recording and accruing wrote down is what a replay of the facts gives."""
    stored = standings_of(connection, ids)
    for loan_id, ledger in ledgers_of(connection, ids).items():
        replayed = replay(with_charges(ledger.schedule, ledger.live_charges), ledger.facts)
        assert paid_parts(stored[loan_id]) == paid_parts(list(replayed.standings))


def check_instalments_reached(connection: Connection, ids: list[UUID], amount: Decimal) -> None:
    """Of the instalments that SQL says an amount reaches, the rule takes all, and no other."""
    standings = standings_of(connection, ids)
    unpaid = {loan_id: [owed_on(line) for line in standings[loan_id] if line.owed] for loan_id in ids}
    payable = {
        loan_id: min(amount, sum((line.total for line in owed), Decimal(0))) for loan_id, owed in unpaid.items() if owed
    }
    of_all = accounts.instalments_reached(connection, payable)
    for loan_id, paid in payable.items():
        expected = allocate(paid, unpaid[loan_id])
        for reached in (of_all[loan_id], accounts.instalments_reached(connection, {loan_id: paid})[loan_id]):
            assert [row.sequence for row in reached] == [part.sequence for part in expected]
            assert allocate(paid, [as_instalment(row) for row in reached]) == expected


def check_positions(connection: Connection, ids: list[UUID], day: date) -> None:
    """Where SQL says a late loan stood at the end of a day is where a replay up to that day leaves it."""
    late = dict(late_on(connection, AsOf(day, "Africa/Lagos"), loan_accounts.c.loan_id.in_(ids)))
    for loan_id, ledger in ledgers_of(connection, ids).items():
        ledger.repayments = [row for row in ledger.repayments if row.paid_on <= day]
        ledger.charges = [row for row in ledger.charges if row.due_on <= day]
        then = position(replay(with_charges(ledger.schedule, ledger.live_charges), ledger.facts).standings, on=day)
        assert late.get(loan_id) == (then if then.arrears else None)
