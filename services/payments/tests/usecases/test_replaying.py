"""Repayments that do not simply come on top: dated before others, settling a loan early, or on a day out of bounds."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.payments.domain.allocation import Overpayment
from services.payments.domain.value_date import Books, DateOutOfBounds
from services.payments.queries.charges import charges_of_loan
from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import (
    AT,
    DISBURSED_ON,
    Loan,
    account_of,
    facts_published,
    record,
    repayments_of,
    schedule_of,
    weekly,
)
from shared.db import Sessions, UnitOfWork
from shared.testing import SignedIn, published_events

Pay, Make = Callable[..., Recorded], Callable[..., Loan]
DECLINING = {"facts": {"terms": {"interest_method": "DECLINING_BALANCE"}}}


def on(day: date) -> dict[str, Any]:
    """The facts of a payment made on a day."""
    return {"paid_at": datetime.combine(day, AT.timetz()), "paid_on": day}


def test_a_repayment_dated_before_others_has_the_loan_replayed(sessions: Sessions, a_loan: Make, pay: Pay) -> None:
    loan = a_loan()
    pay(loan, "150.00", **on(date(2026, 3, 25)))
    late = pay(loan, "80.00", **on(date(2026, 3, 18)))
    assert [row["parts"] for row in repayments_of(sessions, loan.id)] == [
        [(1, Decimal(0), Decimal(20)), (2, Decimal(0), Decimal(100)), (3, Decimal(0), Decimal(30))],
        [(1, Decimal(0), Decimal(80))],
    ]
    assert [(row.instalment_id, row.amount) for row in late.allocations] == [(loan.lines[0].instalment_id, 80)]
    closed = [row["closed_at"] and row["closed_at"].date() for row in schedule_of(sessions, loan.id)]
    assert closed == [date(2026, 3, 25), date(2026, 3, 25), None]


def test_what_a_backdated_repayment_moved_is_told(uow: UnitOfWork, a_loan: Make, pay: Pay, admin: SignedIn) -> None:
    loan = a_loan()
    pay(loan, "150.00", **on(date(2026, 3, 25)))
    record(uow, loan, "80.00", by=admin.actor, **on(date(2026, 3, 18)))
    recorded, replayed = facts_published(uow)
    assert [part["sequence"] for part in recorded.data["allocations"]] == [1]
    assert [(line["sequence"], line["paid"]) for line in recorded.data["account"]["instalments"]] == [
        (2, "100.00"),
        (3, "30.00"),
    ]
    assert (recorded.version, replayed.version) == (2, 3)
    assert [len(repayment["allocations"]) for repayment in replayed.data["repayments"]] == [1, 3]


def test_the_order_of_arrival_makes_no_difference(sessions: Sessions, a_loan: Make, pay: Pay) -> None:
    days = [date(2026, 3, 18), date(2026, 3, 20), date(2026, 3, 25)]
    paid = dict(zip(days, ("130.00", "70.00", "40.00"), strict=True))
    states = []
    for order in (days, days[::-1], [days[1], days[2], days[0]]):
        loan = a_loan(lines=weekly(3, "100.00", "5.00"))
        for day in order:
            pay(loan, paid[day], **on(day))
        by_day = sorted(repayments_of(sessions, loan.id), key=lambda row: row["paid_on"])
        lines = [(row["status"], row["paid"], row["closed_at"]) for row in schedule_of(sessions, loan.id)]
        states.append(([row["parts"] for row in by_day], lines))
    assert states[0] == states[1] == states[2]


def test_a_backdated_repayment_completes_a_loan(sessions: Sessions, a_loan: Make, pay: Pay) -> None:
    loan = a_loan()
    pay(loan, "150.00", **on(date(2026, 3, 25)))
    assert pay(loan, "150.00", **on(date(2026, 3, 18))).account.status == "COMPLETED"
    account = account_of(sessions, loan.id)
    assert (account["closed_at"].date(), account["last_paid_on"]) == (date(2026, 3, 18), date(2026, 3, 25))


def test_the_exact_amount_that_settles_a_loan_closes_it_with_a_rebate(
    sessions: Sessions, uow: UnitOfWork, a_loan: Make, admin: SignedIn
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "14.00"), **DECLINING)
    record(uow, loan, "322.00", by=admin.actor, **on(date(2026, 3, 22)))
    recorded, rebate = facts_published(uow)
    assert (rebate.type, rebate.data["kind"], rebate.data["amount"]) == (
        "payments.charge.added.v1", "INTEREST_REBATE", "20.00",
    )  # fmt: skip
    assert recorded.data["account"]["settled"]
    assert [line["interest"] for line in recorded.data["account"]["instalments"]] == ["14.00", "8.00", "0.00"]
    assert [entry.data["action"] for entry in published_events(uow) if ".audit." in entry.type][
        -1
    ] == "INTEREST_REBATED"
    uow.flush()
    (charge,) = charges_of_loan(uow.connection, loan.id)
    assert (charge.repayment_id, charge.amount) == (uow.published and charge.repayment_id, Decimal(20))


def test_a_rebate_falls_with_the_repayment_it_was_given_for(
    sessions: Sessions, a_loan: Make, pay: Pay, reverse: Callable[..., Any]
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "14.00"), **DECLINING)
    settling = pay(loan, "322.00", **on(date(2026, 3, 22)))
    assert (settling.account.status, settling.account.outstanding) == ("COMPLETED", 0)
    reverse(settling.repayment.id)
    account = account_of(sessions, loan.id)
    assert (account["status"], account["outstanding"]) == ("ACTIVE", Decimal(342))
    assert [(row["interest"], row["interest_rebated"]) for row in schedule_of(sessions, loan.id)] == [(14, 0)] * 3


@pytest.mark.parametrize(
    ("amount", "facts"),
    [
        pytest.param("321.99", DECLINING, id="a kobo less"),
        pytest.param("322.01", DECLINING, id="a kobo more"),
        pytest.param("322.00", {}, id="flat interest is owed in full"),
    ],
)
def test_any_other_amount_pays_all_interest(
    sessions: Sessions, a_loan: Make, pay: Pay, amount: str, facts: dict[str, Any]
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "14.00"), **facts)
    pay(loan, amount, **on(date(2026, 3, 22)))
    account = account_of(sessions, loan.id)
    assert (account["status"], account["outstanding"]) == ("ACTIVE", Decimal(342) - Decimal(amount))


def test_a_flat_loan_gives_unearned_interest_back_if_its_product_says_so(a_loan: Make, pay: Pay) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "14.00"), facts={"terms": {"rebates_unearned_interest": True}})
    assert pay(loan, "322.00", **on(date(2026, 3, 22))).account.status == "COMPLETED"


def test_an_overpayment_says_exactly_what_is_payable(a_loan: Make, pay: Pay) -> None:
    with pytest.raises(Overpayment, match="total left to pay") as refused:
        pay(a_loan(), "300.01")
    assert refused.value.details == {"payable": "300.00"}


@pytest.mark.parametrize(
    ("day", "said"),
    [
        pytest.param(DISBURSED_ON - timedelta(days=1), "before the loan was disbursed", id="before the loan"),
        pytest.param(date(2026, 2, 28), "books are closed", id="before the books"),
        pytest.param(DISBURSED_ON + timedelta(days=31), "more than 30 days ahead", id="too far ahead"),
    ],
)
def test_a_date_out_of_bounds_is_refused(a_loan: Make, pay: Pay, day: date, said: str) -> None:
    books = Books(open_from=date(2026, 3, 1), future_days=30)
    with pytest.raises(DateOutOfBounds, match=said):
        pay(a_loan(), "10.00", books=books, is_dated=True, **on(day))


def test_money_taken_now_is_not_refused_for_a_disbursement_told_for_later(a_loan: Make, pay: Pay) -> None:
    pay(a_loan(facts={"disbursed_on": DISBURSED_ON + timedelta(days=9)}), "10.00")
