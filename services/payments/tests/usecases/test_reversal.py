from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.payments.domain.account import LoanNotPayable
from services.payments.queries import counts
from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import AT, Loan, account_of, facts_published, repayments_of, schedule_of, weekly
from services.payments.usecases.reversal import AlreadyReversed, RepaymentNotFound, ReversalIsFinal, ReversalsAreOff
from shared import tally
from shared.db import Sessions, UnitOfWork
from shared.ids import new_id
from shared.tally import EVERYBODY
from shared.testing import SignedIn

Pay, Reverse, Make = Callable[..., Recorded], Callable[..., Any], Callable[..., Loan]
LATER = {"paid_at": AT + timedelta(days=7), "paid_on": date(2026, 3, 18)}


def test_a_reversed_repayment_counts_no_longer_and_both_entries_stay(
    sessions: Sessions, a_loan: Make, pay: Pay, reverse: Reverse
) -> None:
    loan = a_loan()
    wrong = pay(loan, "150.00", reference="RCP 7").repayment
    pay(loan, "80.00", **LATER)
    before = repayments_of(sessions, loan.id)[0]
    reversal = reverse(wrong.id, reason="Wrong member")
    first, second, third = repayments_of(sessions, loan.id)
    untouched = before.keys() - {"parts"}
    assert {name: first[name] for name in untouched} == {name: before[name] for name in untouched}
    assert (third["amount"], third["reversal_of_id"], third["notes"]) == (Decimal(-150), wrong.id, "Wrong member")
    assert third["id"] == reversal.id
    assert (first["parts"], second["parts"], third["parts"]) == ([], [(1, Decimal(0), Decimal(80))], [])
    account = account_of(sessions, loan.id)
    assert (account["paid"], account["outstanding"], account["last_paid_on"]) == (80, 220, date(2026, 3, 18))


def test_a_completed_loan_runs_again_when_it_is_owed_again(
    sessions: Sessions, a_loan: Make, pay: Pay, reverse: Reverse, hear: Callable[..., None]
) -> None:
    loan = a_loan()
    paid = pay(loan, "300.00").repayment
    hear(loan.event("completed", status="COMPLETED", version=5, lines=[], facts={"closed_at": AT}))
    with pytest.raises(LoanNotPayable):
        pay(loan, "1.00")
    reverse(paid.id)
    account = account_of(sessions, loan.id)
    assert (account["status"], account["closed_at"], account["outstanding"]) == ("ACTIVE", None, Decimal(300))
    assert {row["status"] for row in schedule_of(sessions, loan.id)} == {"PENDING"}
    assert pay(loan, "300.00").account.status == "COMPLETED"


def test_the_others_are_told_of_the_reversal_and_of_what_moved(
    uow: UnitOfWork, a_loan: Make, pay: Pay, reverse_in: Reverse
) -> None:
    loan = a_loan()
    wrong = pay(loan, "150.00").repayment
    pay(loan, "80.00", **LATER)
    reverse_in(uow, wrong.id)
    reversed_, replayed = facts_published(uow)
    assert (reversed_.type, reversed_.version) == ("payments.repayment.reversed.v1", 3)
    assert (reversed_.data["amount"], reversed_.data["repayment_id"]) == ("150.00", str(wrong.id))
    assert (replayed.type, replayed.version) == ("payments.account.replayed.v1", 4)
    assert [part["sequence"] for part in replayed.data["repayments"][0]["allocations"]] == [1]
    for event in (reversed_, replayed):
        assert (event.data["account"]["paid"], event.data["account"]["version"]) == ("80.00", event.version)
    entry = next(envelope for envelope in uow.published if ".audit." in envelope.type)
    assert (entry.data["action"], entry.data["entity_id"]) == ("REPAYMENT_REVERSED", str(wrong.id))
    assert (entry.data["before"]["amount"], entry.data["after"]["amount"]) == ("150.00", "-150.00")


def test_nothing_is_said_to_have_moved_when_nothing_did(
    uow: UnitOfWork, a_loan: Make, pay: Pay, reverse_in: Reverse
) -> None:
    last = pay(a_loan(), "150.00").repayment
    reverse_in(uow, last.id)
    assert [event.type for event in facts_published(uow)] == ["payments.repayment.reversed.v1"]


def test_a_reversal_and_what_it_reversed_cannot_be_reversed(a_loan: Make, pay: Pay, reverse: Reverse) -> None:
    paid = pay(a_loan(), "150.00").repayment
    reversal = reverse(paid.id)
    with pytest.raises(AlreadyReversed):
        reverse(paid.id)
    with pytest.raises(ReversalIsFinal):
        reverse(reversal.id)
    with pytest.raises(RepaymentNotFound):
        reverse(new_id())


def test_reversals_are_off_unless_the_institution_switched_them_on(
    a_loan: Make, pay: Pay, reverse: Reverse, settings_event: Callable[..., Any], hear: Callable[..., None]
) -> None:
    paid = pay(a_loan(), "150.00").repayment
    with pytest.raises(ReversalsAreOff):
        reverse(paid.id, is_always_allowed=False)
    hear(settings_event(2, allowRepaymentReversal=True), settings_event(1, allowRepaymentReversal=False))
    reverse(paid.id, is_always_allowed=False)


def test_a_recovery_is_reversed_on_a_loan_that_stays_written_off(
    sessions: Sessions, a_loan: Make, pay: Pay, reverse: Reverse, hear: Callable[..., None]
) -> None:
    loan = a_loan(lines=weekly(1, "100.00"))
    hear(loan.event("written_off", status="WRITTEN_OFF", version=5, lines=[], facts={"closed_at": AT}))
    recovery = pay(loan, "100.00").repayment
    assert recovery.kind == "RECOVERY"
    account = account_of(sessions, loan.id)
    assert (account["status"], account["outstanding"], account["closed_at"]) == ("WRITTEN_OFF", Decimal(0), AT)
    reverse(recovery.id)
    account = account_of(sessions, loan.id)
    assert (account["status"], account["outstanding"], account["closed_at"]) == ("WRITTEN_OFF", Decimal(100), AT)


def test_counts_follow_a_reversal(uow: UnitOfWork, a_loan: Make, pay: Pay, reverse: Reverse, officer: SignedIn) -> None:
    reverse(pay(a_loan(), "250.00").repayment.id)
    for owner in (officer.id, EVERYBODY):
        assert tally.total(uow.connection, counts.REPAYMENTS, [owner], ["CASH"]) == 2
        assert tally.total(uow.connection, counts.INSTALMENTS, [owner], [counts.OPEN]) == 3
        assert tally.total(uow.connection, counts.INSTALMENTS, [owner], [counts.PAID]) == 0
