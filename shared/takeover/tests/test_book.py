"""A file of the replaced system is read field by field, and what has no place is counted with its reason."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.takeover.book import Book
from shared.takeover.leftovers import Leftovers, read_leftovers
from shared.takeover.records import Record, Unreadable, id_of

AT = "2026-01-05T09:00:00.000Z"


def record(**values: Any) -> Record:
    return Record("loans", {"id": "cm5old1", **values}, "Africa/Lagos")


def test_an_id_is_kept_or_always_becomes_the_same() -> None:
    kept = UUID("0199b3a1-5c00-7000-8000-0000000000f1")
    assert id_of(str(kept)) == kept
    assert id_of("cm5old1") == id_of("cm5old1") != id_of("cm5old2")


@pytest.mark.parametrize("written", ["50000.1", "50000.10", Decimal("50000.1")])
def test_amounts_are_exact(written: Any) -> None:
    assert record(amount=written).money("amount") == Decimal("50000.10")


@pytest.mark.parametrize("written", ["0.001", "NaN", "-1", "ten", True, [], "1e30"])
def test_no_amount_is_rounded_or_guessed(written: Any) -> None:
    with pytest.raises(Unreadable, match="loans 'cm5old1': amount"):
        record(amount=written).money("amount")


@pytest.mark.parametrize(
    ("written", "day"),
    [("2026-01-05T00:00:00.000Z", date(2026, 1, 5)), ("2026-01-05T23:30:00.000Z", date(2026, 1, 6))],
)
def test_a_day_is_that_of_the_institution(written: str, day: date) -> None:
    assert record(dueDate=written).day("dueDate") == day


@pytest.mark.parametrize("values", [{"name": 5}, {"name": "a\0b"}, {}])
def test_a_field_that_is_not_what_it_should_be_is_named(values: Any) -> None:
    with pytest.raises(Unreadable, match="name"):
        record(**values).text("name")


def a_book(**changed: Any) -> Book:
    """An officer's union with a member, whose loan of 100 is paid in full."""
    life = {"createdAt": AT, "updatedAt": AT, "deletedAt": None}
    loan = {
        "id": "loan", "unionMemberId": "member", "createdByUserId": "officer", "loanNumber": "LN00000001",
        "status": "ACTIVE", **life,
    }  # fmt: skip
    payment = {"id": "payment", "loanId": "loan", "receivedByUserId": "officer", "amount": "100", "paidAt": AT, **life}
    sections: dict[str, list[dict[str, Any]]] = {
        "users": [{"id": "officer"}],
        "unions": [{"id": "union", "creditOfficerId": "officer"}],
        "unionMembers": [{"id": "member", "unionId": "union"}],
        "loans": [loan | changed.get("loan", {})],
        "repaymentScheduleItems": [
            {"id": "item", "loanId": "loan", "sequence": 1, "principalDue": "100"} | changed.get("item", {})
        ],
        "repayments": [payment | changed.get("repayment", {})],
    }
    return Book(sections | changed.get("sections", {}), "Africa/Lagos")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({}, "COMPLETED", id="paid in full"),
        pytest.param({"repayment": {"amount": "60"}}, "ACTIVE", id="paid in part"),
        pytest.param(
            {"loan": {"status": "APPROVED"}, "repayment": {"amount": "60"}}, "ACTIVE", id="paid, so disbursed"
        ),
        pytest.param({"loan": {"status": "WRITTEN_OFF"}}, "WRITTEN_OFF", id="written off"),
        pytest.param({"repayment": {"deletedAt": AT}}, "ACTIVE", id="the payment was deleted"),
    ],
)
def test_money_has_a_say_in_the_status(changed: Any, status: str) -> None:
    book = a_book(**changed)
    assert [loan.status for loan in book.loans.values()] == [status]
    assert not book.findings


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sections": {"users": []}}, "1 unions: their officer is not in the file"),
        ({"sections": {"unions": []}}, "1 unionMembers: their union is not in the file"),
        ({"sections": {"unionMembers": []}}, "1 loans: their member is not in the file"),
        ({"repayment": {"receivedByUserId": "who"}}, "1 repayments: who received them is not in the file"),
        ({"repayment": {"loanId": "which"}}, "1 repayments: their loan is not in the file"),
        ({"item": {"deletedAt": AT}}, "1 repayments: their loan has no schedule"),
        ({"loan": {"loanNumber": "17"}}, "1 loans: their number is not of the form LN00000001"),
        ({"repayment": {"amount": "120"}}, "1 loans: more was paid on them than was owed: the surplus stays as a fee"),
        (
            {"loan": {"status": "COMPLETED"}, "repayment": {"amount": "60"}},
            "1 loans: they are completed though money is owed on them: they run again",
        ),
    ],
)
def test_what_has_no_place_is_counted_with_its_reason(changed: Any, said: str) -> None:
    book = a_book(**changed)
    _ = book.loans
    found = book.leftovers([section for section, _ in book.findings])
    message = str(Leftovers(found))
    assert said in message
    assert read_leftovers(message) == found


def test_no_other_message_counts_anything() -> None:
    assert read_leftovers("3 repayments: their loan is not in the file") == []
