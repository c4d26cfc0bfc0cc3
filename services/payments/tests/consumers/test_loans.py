"""What lending tells of loans: heard twice, late, or before its cause, it ends in the same state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from services.payments.consumers import handlers
from services.payments.models.ledger import loan_types
from services.payments.queries import counts
from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import (
    AT,
    DISBURSED_ON,
    Loan,
    account_of,
    loan_type_event,
    member_event,
    repayments_of,
    schedule_of,
    union_event,
    weekly,
)
from services.payments.usecases.restatement import remove_loans
from shared import tally
from shared.db import Sessions, UnitOfWork, unit_of_work
from shared.epochs import STEP
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing
from shared.tally import EVERYBODY
from shared.testing import SignedIn, published_events

LATER = DISBURSED_ON + timedelta(days=3)


def listed(uow: UnitOfWork, officer: SignedIn) -> dict[str, list[int]]:
    """How many listed instalments of each kind the officer and everybody have."""
    owners = (officer.id, EVERYBODY)
    return {
        kind: [tally.total(uow.connection, counts.INSTALMENTS, [owner], [kind]) for owner in owners]
        for kind in (counts.OPEN, counts.PAID)
    }


def test_an_account_is_opened_with_the_loan_and_owes_nothing_before_the_schedule(
    sessions: Sessions, hear: Callable[..., None], a_union: Callable[..., Any], officer: SignedIn
) -> None:
    loan = Loan(union_id=a_union(), status="DRAFT", version=1)
    hear(member_event(loan.member_id, loan.union_id), loan.event("created"))
    account = account_of(sessions, loan.id)
    assert (account["status"], account["officer_id"]) == ("DRAFT", officer.id)
    assert (account["outstanding"], account["schedule_version"]) == (Decimal(0), 0)


def test_a_disbursed_loan_brings_its_schedule(
    sessions: Sessions, uow: UnitOfWork, a_loan: Callable[..., Loan], officer: SignedIn
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "10.00"))
    account = account_of(sessions, loan.id)
    assert (account["outstanding"], account["outstanding_principal"]) == (Decimal(330), Decimal(300))
    assert [(row["id"], row["due_on"]) for row in schedule_of(sessions, loan.id)] == [
        (line.instalment_id, line.due_on) for line in loan.lines
    ]
    assert listed(uow, officer) == {"OPEN": [3, 3], "PAID": [0, 0]}


def test_an_event_delivered_twice_changes_nothing(
    sessions: Sessions, uow: UnitOfWork, a_loan: Callable[..., Loan], hear: Callable[..., None], officer: SignedIn
) -> None:
    loan = a_loan()
    before = account_of(sessions, loan.id)
    again = loan.event()
    hear(again, again)
    assert account_of(sessions, loan.id) == before
    assert listed(uow, officer) == {"OPEN": [3, 3], "PAID": [0, 0]}


def test_events_of_a_loan_end_in_the_same_state_in_whatever_order_they_come(
    sessions: Sessions, hear: Callable[..., None], a_union: Callable[..., Any]
) -> None:
    union_id = a_union()
    states = []
    for order in permutations(range(4)):
        loan = Loan(union_id=union_id, status="DRAFT", version=1)
        provisional, final = weekly(2, "150.00"), weekly(2, "150.00", start=LATER)
        creator = {"created_by": new_id()}
        life = [
            replace(loan, facts=creator).event("created"),
            replace(loan, facts=creator).event("approved", status="APPROVED", version=3, lines=provisional),
            replace(loan, facts=creator).event(
                "disbursed", status="ACTIVE", version=4, schedule_version=2, lines=final
            ),
            replace(loan, facts=creator).event("defaulted", status="DEFAULTED", version=5),
        ]
        hear(member_event(loan.member_id, union_id), *(life[index] for index in order))
        account = account_of(sessions, loan.id)
        shown = {name: account[name] for name in ("status", "facts_version", "schedule_version", "outstanding")}
        states.append((shown, [row["due_on"] for row in schedule_of(sessions, loan.id)]))
    assert states == [states[0]] * 24
    assert states[0] == (
        {"status": "DEFAULTED", "facts_version": 5, "schedule_version": 2, "outstanding": Decimal(300)},
        [line.due_on for line in final],
    )


@pytest.mark.parametrize("existing", ["nothing", "the member", "the union"])
def test_a_loan_waits_until_its_member_and_their_union_are_known(
    sessions: Sessions, hear: Callable[..., None], officer: SignedIn, existing: str
) -> None:
    loan = Loan(union_id=new_id(), lines=weekly(1, "100.00"))
    causes = {
        "the member": member_event(loan.member_id, loan.union_id),
        "the union": union_event(loan.union_id, officer.id),
    }
    event = loan.event()
    hear(*(cause for name, cause in causes.items() if name == existing))
    with pytest.raises(CauseMissing):
        hear(event)
    hear(*causes.values(), event)
    assert account_of(sessions, loan.id)["officer_id"] == officer.id


def test_a_schedule_replaced_after_payments_has_them_put_on_it_again(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], hear: Callable[..., None]
) -> None:
    loan = a_loan(status="APPROVED", version=3, lines=weekly(3, "100.00", "10.00"))
    pay(loan, "50.00")
    pay(loan, "100.00")
    hear(loan.event(status="ACTIVE", version=4, schedule_version=2, lines=weekly(2, "150.00", "15.00", start=LATER)))
    assert [(row["status"], row["paid"]) for row in schedule_of(sessions, loan.id)] == [
        ("PARTIAL", Decimal(150)),
        ("PENDING", Decimal(0)),
    ]
    assert [repayment["parts"] for repayment in repayments_of(sessions, loan.id)] == [
        [(1, Decimal(15), Decimal(35))],
        [(1, Decimal(0), Decimal(100))],
    ]
    account = account_of(sessions, loan.id)
    assert (account["outstanding"], account["paid"], account["version"]) == (Decimal(180), Decimal(150), 3)


def test_a_replayed_account_is_told_with_all_its_repayments(
    uow: UnitOfWork, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan(lines=weekly(2, "100.00"))
    recorded = pay(loan, "100.00")
    (replayed,) = heard(uow, loan.event(version=5, schedule_version=2, lines=weekly(4, "50.00")))
    assert (replayed.type, replayed.aggregate_id, replayed.version) == ("payments.account.replayed.v1", loan.id, 2)
    (repayment,) = replayed.data["repayments"]
    assert repayment["repayment_id"] == str(recorded.repayment.id)
    assert [part["principal"] for part in repayment["allocations"]] == ["50.00", "50.00"]
    assert (replayed.data["account"]["schedule_version"], replayed.data["account"]["outstanding"]) == (2, "100.00")
    assert [line["status"] for line in replayed.data["account"]["instalments"]] == ["PAID", "PAID"]


def test_what_was_paid_beyond_a_new_schedule_stays_as_a_fee_and_settles_the_loan(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], hear: Callable[..., None]
) -> None:
    """A payment and a reschedule that asks for less met: each was right when it was judged."""
    loan = a_loan(lines=weekly(3, "100.00", "10.00"))
    pay(loan, "320.00")
    hear(loan.event("rescheduled", version=5, schedule_version=2, lines=weekly(2, "150.00")))
    account = account_of(sessions, loan.id)
    assert (account["status"], account["paid"], account["outstanding"]) == ("COMPLETED", Decimal(320), Decimal(0))
    (repayment,) = repayments_of(sessions, loan.id)
    assert sum(part[1] + part[2] for part in repayment["parts"]) == Decimal(300)


def test_what_stays_as_a_fee_is_told_and_audited(
    uow: UnitOfWork, a_loan: Callable[..., Loan], pay: Callable[..., Recorded]
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "10.00"))
    pay(loan, "320.00")
    events = heard(uow, loan.event("rescheduled", version=5, schedule_version=2, lines=weekly(2, "150.00")))
    added, audited, replayed = events
    assert audited.data["action"] == "CHARGE_ADDED"
    assert (added.type, added.version) == ("payments.charge.added.v1", 2)
    assert (added.data["kind"], added.data["amount"]) == ("FEE", "20.00")
    assert (replayed.type, replayed.version) == ("payments.account.replayed.v1", 3)
    assert [event.data["account"]["outstanding"] for event in (added, replayed)] == ["0.00", "0.00"]


def test_a_new_schedule_without_payments_needs_no_telling(uow: UnitOfWork, a_loan: Callable[..., Loan]) -> None:
    loan = a_loan()
    assert heard(uow, loan.event(version=5, schedule_version=2, lines=weekly(4, "75.00"))) == []


def test_counts_follow_a_replaced_schedule(
    uow: UnitOfWork,
    a_loan: Callable[..., Loan],
    pay: Callable[..., Recorded],
    hear: Callable[..., None],
    officer: SignedIn,
) -> None:
    loan = a_loan(lines=weekly(3, "100.00"))
    pay(loan, "100.00")
    hear(loan.event(version=5, schedule_version=2, lines=weekly(6, "50.00")))
    assert listed(uow, officer) == {"OPEN": [4, 4], "PAID": [2, 2]}


def test_a_written_off_loan_leaves_the_lists(
    sessions: Sessions, uow: UnitOfWork, a_loan: Callable[..., Loan], hear: Callable[..., None], officer: SignedIn
) -> None:
    loan = a_loan()
    hear(loan.event("written_off", status="WRITTEN_OFF", version=5, lines=[]))
    assert not any(row["is_listed"] for row in schedule_of(sessions, loan.id))
    assert listed(uow, officer) == {"OPEN": [0, 0], "PAID": [0, 0]}


def test_a_loan_that_was_taken_for_gone_comes_back_into_the_lists(
    sessions: Sessions, uow: UnitOfWork, a_loan: Callable[..., Loan], hear: Callable[..., None], officer: SignedIn
) -> None:
    loan, floor = a_loan(lines=weekly(3, "100.00")), 7 * STEP
    with unit_of_work(sessions, "payments") as before:
        remove_loans(before, floor)
    assert (account_of(sessions, loan.id)["is_deleted"], listed(uow, officer)["OPEN"]) == (True, [0, 0])
    hear(loan.event("restated", version=floor + 4, schedule_version=1, lines=loan.lines))
    assert not account_of(sessions, loan.id)["is_deleted"]
    assert all(row["is_listed"] for row in schedule_of(sessions, loan.id))
    assert listed(uow, officer) == {"OPEN": [3, 3], "PAID": [0, 0]}


def test_what_money_has_made_of_a_loan_outlives_older_news_of_it(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], hear: Callable[..., None]
) -> None:
    loan = a_loan(status="APPROVED", version=3)
    pay(loan, "300.00")
    hear(loan.event("approved", status="APPROVED", version=4, lines=[]))
    account = account_of(sessions, loan.id)
    assert (account["status"], account["disbursed_at"], account["closed_at"]) == ("COMPLETED", AT, AT)


def test_loan_types_keep_their_newest_facts(sessions: Sessions, hear: Callable[..., None]) -> None:
    loan_type_id = new_id()
    newest = loan_type_event(loan_type_id, version=2, name="Weekly plus")
    hear(newest, loan_type_event(loan_type_id), newest)
    with sessions() as session:
        assert session.execute(select(loan_types.c.name)).scalars().all() == ["Weekly plus"]


def heard(uow: UnitOfWork, envelope: Envelope) -> list[Envelope]:
    """The events that hearing an event causes, each checked against its contract."""
    handlers.run(uow, [envelope])
    return published_events(uow)
