from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.payments.domain.account import LoanNotChargeable
from services.payments.domain.value_date import Books, DateOutOfBounds
from services.payments.queries import counts
from services.payments.steps.repayments import LoanNotFound, Recorded
from services.payments.tests.conftest import (
    AT,
    DISBURSED_ON,
    Loan,
    account_of,
    facts_published,
    repayments_of,
    schedule_of,
    weekly,
)
from services.payments.usecases.charges import ChargeAlreadyPaid, ChargeNotFound, NotWaivable
from services.payments.usecases.penalties import accrue_penalties
from shared import tally
from shared.context import Context
from shared.db import Sessions, UnitOfWork, unit_of_work
from shared.ids import new_id
from shared.tally import EVERYBODY
from shared.testing import SignedIn

Pay, Charge, Make = Callable[..., Recorded], Callable[..., Any], Callable[..., Loan]
SECOND_WEEK = date(2026, 3, 20)


def dues(sessions: Sessions, loan: Loan) -> list[tuple[Any, ...]]:
    return [(row["penalty"], row["fee"], row["paid"], row["status"]) for row in schedule_of(sessions, loan.id)]


def test_a_charge_falls_due_with_its_instalment_and_is_owed(sessions: Sessions, a_loan: Make, charge: Charge) -> None:
    loan = a_loan()
    charge(loan, "7.50", due_on=SECOND_WEEK)
    assert dues(sessions, loan) == [
        (0, 0, 0, "PENDING"), (Decimal("7.50"), 0, 0, "PENDING"), (0, 0, 0, "PENDING"),
    ]  # fmt: skip
    account = account_of(sessions, loan.id)
    assert (account["outstanding"], account["outstanding_principal"], account["version"]) == (Decimal("307.50"), 300, 1)


def test_money_paid_in_advance_is_put_on_the_charge_first(
    sessions: Sessions, uow: UnitOfWork, a_loan: Make, pay: Pay, charge_in: Charge
) -> None:
    loan = a_loan()
    pay(loan, "200.00")
    charge_in(uow, loan, "7.50", due_on=SECOND_WEEK, kind="FEE")
    added, replayed = facts_published(uow)
    assert (added.type, added.version) == ("payments.charge.added.v1", 2)
    assert (added.data["kind"], added.data["due_on"], added.data["amount"]) == ("FEE", "2026-03-20", "7.50")
    (line,) = added.data["account"]["instalments"]
    assert (line["sequence"], line["fee"], line["paid"], line["status"]) == (2, "7.50", "100.00", "PARTIAL")
    (repayment,) = replayed.data["repayments"]
    assert [(part["fee"], part["principal"]) for part in repayment["allocations"]] == [
        ("0.00", "100.00"),
        ("7.50", "92.50"),
    ]


def test_events_say_when_the_instalments_they_changed_were_updated(
    sessions: Sessions, uow: UnitOfWork, a_loan: Make, pay: Pay, charge_in: Charge, waive_in: Charge
) -> None:
    loan, later = a_loan(), AT + timedelta(hours=2)
    pay(loan, "200.00")
    added = charge_in(uow, loan, "7.50", due_on=SECOND_WEEK, at=later)
    waive_in(uow, loan, added.id)
    said = [(event.type, event.data["recorded_at"]) for event in facts_published(uow)]
    assert said == [
        ("payments.charge.added.v1", later.isoformat()),
        ("payments.account.replayed.v1", later.isoformat()),
        ("payments.charge.waived.v1", AT.isoformat()),
        ("payments.account.replayed.v1", AT.isoformat()),
    ]


def test_charges_after_the_last_due_day_have_a_line_of_their_own(
    sessions: Sessions, uow: UnitOfWork, a_loan: Make, charge: Charge, officer: SignedIn
) -> None:
    loan = a_loan(lines=weekly(1, "100.00"))
    for day in (25, 22):
        charge(loan, "5.00", due_on=date(2026, 3, day))
    _, line = schedule_of(sessions, loan.id)
    assert (line["sequence"], line["due_on"], line["penalty"], line["is_charge_line"]) == (
        2, date(2026, 3, 25), Decimal(10), True,
    )  # fmt: skip
    assert tally.total(uow.connection, counts.INSTALMENTS, [officer.id], [counts.OPEN]) == 2


def test_charges_stay_on_their_day_when_the_schedule_is_replaced(
    sessions: Sessions, a_loan: Make, charge: Charge, pay: Pay, hear: Callable[..., None]
) -> None:
    loan = a_loan(lines=weekly(1, "100.00"))
    charge(loan, "5.00", due_on=date(2026, 3, 25))
    pay(loan, "101.00")
    hear(loan.event(version=5, schedule_version=2, lines=weekly(3, "40.00")))
    assert dues(sessions, loan) == [(0, 0, 40, "PAID"), (5, 0, 45, "PAID"), (0, 0, 16, "PARTIAL")]
    assert account_of(sessions, loan.id)["outstanding"] == Decimal(24)


def test_a_waived_charge_is_as_if_it_had_never_been(
    sessions: Sessions, uow: UnitOfWork, a_loan: Make, pay: Pay, charge: Charge, waive: Charge
) -> None:
    loan = a_loan()
    pay(loan, "130.00")
    before = dues(sessions, loan), [row["parts"] for row in repayments_of(sessions, loan.id)]
    added = charge(loan, "50.00", due_on=DISBURSED_ON)
    assert dues(sessions, loan)[0] == (50, 0, 130, "PARTIAL")
    waive(loan, added.id, reason="The bank was closed")
    assert (dues(sessions, loan), [row["parts"] for row in repayments_of(sessions, loan.id)]) == before
    assert account_of(sessions, loan.id)["outstanding"] == Decimal(170)


def test_waiving_the_last_thing_owed_completes_the_loan(
    sessions: Sessions, a_loan: Make, pay: Pay, charge: Charge, waive_in: Charge, uow: UnitOfWork
) -> None:
    loan = a_loan()
    added = charge(loan, "50.00", due_on=date(2026, 5, 1))
    pay(loan, "300.00")
    waive_in(uow, loan, added.id)
    (waived,) = facts_published(uow)
    assert (waived.type, waived.data["account"]["settled"]) == ("payments.charge.waived.v1", True)
    assert waived.data["account"]["closed_at"] == AT.isoformat()
    (line,) = waived.data["account"]["instalments"]
    assert (line["is_charge_line"], line["penalty"], line["status"]) == (True, "0.00", "PAID")


def test_a_charge_that_was_paid_cannot_be_waived_when_nothing_else_is_owed(
    sessions: Sessions, a_loan: Make, pay: Pay, charge: Charge, waive: Charge
) -> None:
    loan = a_loan(lines=weekly(1, "100.00"))
    added = charge(loan, "50.00", due_on=DISBURSED_ON)
    pay(loan, "120.00")
    with pytest.raises(ChargeAlreadyPaid):
        waive(loan, added.id)
    assert account_of(sessions, loan.id)["outstanding"] == Decimal(30)


def test_a_charge_is_waived_once_and_only_on_its_own_loan(a_loan: Make, charge: Charge, waive: Charge) -> None:
    loan = a_loan()
    added = charge(loan, "5.00", due_on=SECOND_WEEK)
    with pytest.raises(ChargeNotFound):
        waive(a_loan(), added.id)
    waive(loan, added.id)
    with pytest.raises(NotWaivable):
        waive(loan, added.id)


@pytest.mark.parametrize("status", ["COMPLETED", "WRITTEN_OFF", "CANCELED"])
def test_a_loan_that_ended_takes_no_charges(a_loan: Make, charge: Charge, pay: Pay, status: str) -> None:
    loan = a_loan(status="ACTIVE" if status == "COMPLETED" else status)
    if status == "COMPLETED":
        pay(loan, "300.00")
    with pytest.raises(LoanNotChargeable):
        charge(loan, "5.00", due_on=SECOND_WEEK)


def test_a_charge_is_on_a_day_of_the_loan_and_of_the_open_books(a_loan: Make, charge: Charge) -> None:
    loan, books = a_loan(), Books(open_from=date(2026, 3, 15), future_days=30)
    for day in (DISBURSED_ON - timedelta(days=1), date(2026, 3, 14), date(2026, 4, 11)):
        with pytest.raises(DateOutOfBounds):
            charge(loan, "5.00", due_on=day, books=books)
    charge(loan, "5.00", due_on=date(2026, 4, 10), books=books)


def test_charges_are_for_those_who_oversee_the_loan(
    a_loan: Make, charge: Charge, supervisor: SignedIn, sign_in: Callable[..., SignedIn]
) -> None:
    loan = a_loan()
    charge(loan, "5.00", due_on=SECOND_WEEK, by=supervisor.actor)
    elsewhere = sign_in(supervisor.actor.role)
    with pytest.raises(LoanNotFound):
        charge(loan, "5.00", due_on=SECOND_WEEK, by=elsewhere.actor)


@pytest.fixture
def accrue(sessions: Sessions) -> Callable[..., int]:
    def accrue(day: date, *loans: Loan) -> int:
        with unit_of_work(sessions, "payments", Context()) as uow:
            return accrue_penalties(uow, [loan.id for loan in loans], day, at=AT)

    return accrue


def charged_terms(grace: int = 0, mode: str = "CHARGED") -> dict[str, Any]:
    terms = {"penalty_mode": mode, "penalty_grace_days": grace}
    return {"facts": {"penalty_per_day": Decimal("10.00"), "terms": terms}}


def test_a_penalty_accrues_once_for_every_day_late_beyond_the_grace(
    sessions: Sessions, a_loan: Make, accrue: Callable[..., int]
) -> None:
    loan = a_loan(**charged_terms(grace=2))
    due = loan.lines[0].due_on
    accrued = [accrue(due + timedelta(days=late), loan) for late in range(6) for _ in range(2)]
    assert accrued == [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0]
    assert dues(sessions, loan) == [(0, 0, 0, "PENDING"), (30, 0, 0, "PENDING"), (0, 0, 0, "PENDING")]
    assert account_of(sessions, loan.id)["outstanding"] == Decimal(330)


def test_what_accrued_is_what_a_replay_makes_of_it(
    sessions: Sessions, a_loan: Make, accrue: Callable[..., int], pay: Pay, charge: Charge, waive: Charge
) -> None:
    loan = a_loan(**charged_terms())
    pay(loan, "50.00")
    for late in range(1, 24):
        accrue(loan.lines[0].due_on + timedelta(days=late), loan)
    kept = schedule_of(sessions, loan.id)
    assert [(row["sequence"], row["penalty"]) for row in kept] == [(1, 0), (2, 70), (3, 70), (4, 90)]
    assert (kept[3]["is_charge_line"], kept[3]["due_on"]) == (True, date(2026, 4, 10))
    waive(loan, charge(loan, "1.00", due_on=DISBURSED_ON).id)
    again = schedule_of(sessions, loan.id)
    names = kept[0].keys() - {"updated_at"}
    assert [{name: row[name] for name in names} for row in again] == [
        {name: row[name] for name in names} for row in kept
    ]


@pytest.mark.parametrize("why_not", ["shown only", "not late", "paid", "only penalties unpaid", "written off"])
def test_no_penalty_accrues_when_none_is_due(
    a_loan: Make, accrue: Callable[..., int], pay: Pay, hear: Callable[..., None], why_not: str
) -> None:
    loan = a_loan(**charged_terms(mode="SHOWN" if why_not == "shown only" else "CHARGED"))
    day = loan.lines[0].due_on + timedelta(days=why_not != "not late")
    if why_not == "paid":
        pay(loan, "100.00")
    if why_not == "only penalties unpaid":
        accrue(day, loan)
        pay(loan, "100.00")
        day = loan.lines[0].due_on + timedelta(days=2)
    if why_not == "written off":
        hear(loan.event("written_off", status="WRITTEN_OFF", version=5, lines=[], **charged_terms()))
    assert accrue(day, loan) == 0


def test_penalties_of_many_loans_are_told_one_by_one(
    uow: UnitOfWork, a_loan: Make, a_union: Callable[..., Any], officer: SignedIn
) -> None:
    union_id = a_union()
    loans = [a_loan(union_id=union_id, **charged_terms()) for _ in range(3)]
    loans.append(a_loan(union_id=union_id, lines=weekly(1, "100.00"), **charged_terms()))
    day = loans[0].lines[0].due_on + timedelta(days=3)
    assert accrue_penalties(uow, [loan.id for loan in loans] + [new_id()], day, at=AT) == 4
    events = facts_published(uow)
    assert {event.type for event in events} == {"payments.charge.added.v1"}
    assert sorted(event.aggregate_id for event in events) == sorted(loan.id for loan in loans)
    assert {event.data["account"]["outstanding"] for event in events} == {"310.00", "110.00"}
    audited = [event for event in uow.published if ".audit." in event.type]
    assert {event.data["action"] for event in audited} == {"PENALTY_ACCRUED"}
    for owner in (officer.id, EVERYBODY):
        assert tally.total(uow.connection, counts.INSTALMENTS, [owner], [counts.OPEN]) == 11
