from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from services.payments.domain.account import LoanNotPayable
from services.payments.domain.allocation import Overpayment
from services.payments.queries import counts
from services.payments.steps.repayments import LoanNotFound, Recorded, ScheduleItemOfAnotherLoan
from services.payments.tests.conftest import AT, Loan, account_of, record, repayments_of, schedule_of, weekly
from shared import tally
from shared.db import Sessions, UnitOfWork
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.tally import EVERYBODY
from shared.testing import SignedIn, published_events, published_types

PAY_REFERENCE = "PAY-1773221400000-x7Fq2"


def test_a_repayment_goes_to_the_oldest_instalments_and_off_the_account(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "10.00"))
    pay(loan, "125.00")
    assert [(row["status"], row["paid"]) for row in schedule_of(sessions, loan.id)] == [
        ("PAID", Decimal(110)), ("PARTIAL", Decimal(15)), ("PENDING", Decimal(0)),
    ]  # fmt: skip
    (repayment,) = repayments_of(sessions, loan.id)
    assert repayment["parts"] == [(1, Decimal(10), Decimal(100)), (2, Decimal(10), Decimal(5))]
    account = account_of(sessions, loan.id)
    assert (account["paid"], account["outstanding"]) == (Decimal(125), Decimal(205))
    assert (account["outstanding_principal"], account["version"]) == (Decimal(195), 1)


def test_the_instalment_of_a_repayment_closes_when_it_was_paid(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan()
    yesterday = AT - timedelta(days=1)
    pay(loan, "100.00", paid_at=yesterday, paid_on=yesterday.date())
    assert [row["closed_at"] for row in schedule_of(sessions, loan.id)] == [yesterday, None, None]


def test_a_repayment_is_told_with_its_allocations_and_the_account_after_it(
    uow: UnitOfWork, a_loan: Callable[..., Loan], admin: SignedIn
) -> None:
    loan = a_loan()
    record(uow, loan, "150.00", by=admin.actor)
    assert published_types(uow) == ["payments.repayment.recorded.v1"]
    event = published_events(uow)[0]
    assert (event.aggregate_id, event.version, event.data["amount"]) == (loan.id, 1, "150.00")
    assert [part["principal"] for part in event.data["allocations"]] == ["100.00", "50.00"]
    account = event.data["account"]
    assert (account["outstanding"], account["settled"]) == ("150.00", False)
    assert [(line["sequence"], line["paid"], line["status"]) for line in account["instalments"]] == [
        (1, "100.00", "PAID"), (2, "50.00", "PARTIAL"),
    ]  # fmt: skip


def test_a_repayment_leaves_one_audit_entry(uow: UnitOfWork, a_loan: Callable[..., Loan], admin: SignedIn) -> None:
    recorded = record(uow, a_loan(), "150.00", by=admin.actor)
    (entry,) = [event.data for event in published_events(uow) if ".audit." in event.type]
    assert (entry["action"], entry["entity_name"]) == ("REPAYMENT_CREATED", "Repayment")
    assert entry["entity_id"] == str(recorded.repayment.id)
    assert entry["after"]["amount"] == "150.00"


def test_the_last_repayment_settles_and_completes_the_loan(
    sessions: Sessions, uow: UnitOfWork, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], admin: SignedIn
) -> None:
    loan = a_loan()
    pay(loan, "299.99")
    recorded = record(uow, loan, "0.01", by=admin.actor)
    assert (recorded.account.status, recorded.account.closed_at) == ("COMPLETED", AT)
    assert published_events(uow)[0].data["account"]["settled"]


def test_more_than_is_outstanding_is_refused_and_leaves_nothing(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan()
    with pytest.raises(Overpayment, match=r"Payment amount cannot exceed total left to pay \(₦300\.00\)"):
        pay(loan, "300.01")
    assert repayments_of(sessions, loan.id) == []
    assert account_of(sessions, loan.id)["version"] == 0


def test_the_first_payment_of_an_approved_loan_with_a_schedule_makes_it_active(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan(status="APPROVED")
    recorded = pay(loan, "10.00")
    assert (recorded.account.status, recorded.account.disbursed_at) == ("ACTIVE", AT)
    assert account_of(sessions, loan.id)["status"] == "ACTIVE"


def test_a_defaulted_loan_takes_money_and_stays_defaulted(
    a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    assert pay(a_loan(status="DEFAULTED"), "10.00").account.status == "DEFAULTED"


@pytest.mark.parametrize(
    ("status", "lines"),
    [("DRAFT", []), ("APPROVED", []), ("COMPLETED", []), ("CANCELED", weekly(1, "100.00"))],
)
def test_a_loan_that_is_not_running_takes_no_money(
    a_loan: Callable[..., Loan], pay: Callable[..., Recorded], status: str, lines: list[Any]
) -> None:
    with pytest.raises(LoanNotPayable):
        pay(a_loan(status=status, lines=lines), "10.00")


def test_an_officer_records_for_loans_of_own_unions_only(
    a_loan: Callable[..., Loan], pay: Callable[..., Recorded], officer: SignedIn, other_officer: SignedIn
) -> None:
    loan = a_loan()
    assert pay(loan, "10.00", by=officer.actor).is_new
    with pytest.raises(LoanNotFound):
        pay(loan, "10.00", by=other_officer.actor)


def test_an_unknown_loan_is_not_found(pay: Callable[..., Recorded]) -> None:
    with pytest.raises(LoanNotFound):
        pay(Loan(union_id=new_id()), "10.00")


def test_a_payment_the_web_client_repeats_is_recorded_once(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan(lines=weekly(1, "100.00"))
    first = pay(loan, "100.00", reference=PAY_REFERENCE)
    again = pay(loan, "100.00", reference=PAY_REFERENCE)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.repayment.id == first.repayment.id
    assert [part.id for part in again.allocations] == [part.id for part in first.allocations]
    assert len(repayments_of(sessions, loan.id)) == 1


def test_the_same_reference_on_another_loan_is_another_payment(
    a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    assert pay(a_loan(), "10.00", reference=PAY_REFERENCE).is_new
    assert pay(a_loan(), "10.00", reference=PAY_REFERENCE).is_new


@pytest.mark.parametrize("reference", [None, "receipt 12", "PAY-123-x", "PAY-1773221400000-"])
def test_equal_payments_without_a_reference_of_the_client_are_two(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], reference: str | None
) -> None:
    loan = a_loan()
    pay(loan, "10.00", reference=reference)
    pay(loan, "10.00", reference=reference)
    assert account_of(sessions, loan.id)["paid"] == Decimal(20)


def test_the_instalment_a_payment_is_meant_for_is_kept_and_changes_nothing(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan()
    last = loan.lines[2].instalment_id
    pay(loan, "10.00", meant_for_instalment_id=last)
    with sessions() as session:
        bodies = session.scalars(select(outbox.c.body).where(outbox.c.type == "payments.audit.recorded.v1"))
        (entry,) = (Envelope.from_json(body).data for body in bodies)
    assert entry["metadata"]["scheduleItemId"] == str(last)
    (repayment,) = repayments_of(sessions, loan.id)
    assert repayment["meant_for_instalment_id"] == last
    assert [sequence for sequence, *_ in repayment["parts"]] == [1]


def test_a_payment_cannot_be_meant_for_an_instalment_of_another_loan(
    a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    elsewhere = a_loan().lines[0].instalment_id
    with pytest.raises(ScheduleItemOfAnotherLoan):
        pay(a_loan(), "10.00", meant_for_instalment_id=elsewhere)


def test_counts_follow_every_payment(
    uow: UnitOfWork, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], officer: SignedIn
) -> None:
    pay(a_loan(), "250.00")
    for owner in (officer.id, EVERYBODY):
        assert tally.total(uow.connection, counts.REPAYMENTS, [owner], ["CASH"]) == 1
        assert tally.total(uow.connection, counts.INSTALMENTS, [owner], [counts.OPEN]) == 1
        assert tally.total(uow.connection, counts.INSTALMENTS, [owner], [counts.PAID]) == 2


def test_days_and_moments_of_a_payment_are_kept_apart(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan()
    pay(loan, "10.00", paid_at=AT - timedelta(days=3), paid_on=date(2026, 3, 8))
    (repayment,) = repayments_of(sessions, loan.id)
    assert (repayment["paid_on"], repayment["business_date"]) == (date(2026, 3, 8), date(2026, 3, 11))
    assert repayment["recorded_at"] == AT
