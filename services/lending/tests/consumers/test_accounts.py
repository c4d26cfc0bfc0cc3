"""What payments tells of a loan: in order, twice, late, and before its cause."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs
from sqlalchemy import select

from services.lending.consumers import handlers
from services.lending.domain.loan import LoanStatus
from services.lending.models import Instalment, Loan, LoanRepayment
from services.lending.queries.schedules import schedule_of
from services.lending.tests.conftest import AT, TODAY, Member, an_application, apply
from services.lending.usecases.status import change_status
from shared.clock import now
from shared.db import Sessions, unit_of_work
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json, plain
from shared.messaging.handlers import CauseMissing
from shared.messaging.outbox import outbox
from shared.testing import SignedIn

PAID_AT = datetime(2026, 4, 2, 10, tzinfo=UTC)
RECORDED, REPLAYED = "payments.repayment.recorded.v1", "payments.account.replayed.v1"


class Account:
    """Tells about one loan's account as payments would, one version after the other."""

    def __init__(self, loan: Loan, schedule: Sequence[Instalment], receiver: UUID) -> None:
        self.loan, self.schedule, self.receiver = loan, schedule, receiver
        self.paid, self.version = Decimal(0), 0

    def pay(self, amount: int, *settled: int, on: Sequence[int] = ()) -> Envelope:
        """A repayment that settles some instalments, by their sequence, and goes partly to others (`on`)."""
        self.paid += amount
        lines = [self._line(sequence, "PAID") for sequence in settled] + [self._line(part, "PARTIAL") for part in on]
        data = {
            "repayment_id": new_id(), "loan_id": self.loan.id, "union_id": self.loan.union_id,
            "amount": Decimal(amount), "currency": "NGN", "method": "CASH", "paid_at": PAID_AT,
            "paid_on": PAID_AT.date(), "recorded_at": PAID_AT, "reference": None, "notes": None,
            "received_by": self.receiver, "allocations": [self._allocation(line) for line in lines],
            "account": self._account(lines),
        }  # fmt: skip
        return self._envelope(RECORDED, data)

    def replay(self, repayment: Envelope, *lines: dict[str, Any]) -> Envelope:
        """A repayment put on a new schedule."""
        allocations = [self._allocation(line) for line in lines]
        repayments = [{"repayment_id": repayment.data["repayment_id"], "allocations": allocations}]
        data = {"loan_id": self.loan.id, "repayments": repayments, "account": self._account(lines)}
        return self._envelope(REPLAYED, data)

    def line(self, sequence: int, status: str, paid: str) -> dict[str, Any]:
        return self._line(sequence, status) | {"paid": Decimal(paid)}

    def _line(self, sequence: int, status: str) -> dict[str, Any]:
        line = self.schedule[sequence - 1]
        paid = line.principal if status == "PAID" else Decimal(1)
        closed_at = PAID_AT if status == "PAID" else None
        return {
            "instalment_id": line.id, "sequence": sequence, "paid": paid, "status": status, "closed_at": closed_at,
        }  # fmt: skip

    def _allocation(self, line: dict[str, Any]) -> dict[str, Any]:
        return {
            "allocation_id": new_id(), "instalment_id": line["instalment_id"], "sequence": line["sequence"],
            "interest": Decimal("0.00"), "principal": line["paid"],
        }  # fmt: skip

    def _account(self, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
        self.version += 1
        outstanding = self.loan.principal - self.paid
        return {
            "version": self.version, "schedule_version": 1, "paid": self.paid, "outstanding": outstanding,
            "outstanding_principal": outstanding, "settled": not outstanding, "instalments": lines,
        }  # fmt: skip

    def _envelope(self, event_type: str, data: dict[str, Any]) -> Envelope:
        data = plain(data)
        return Envelope(
            new_id(),
            event_type,
            "payments",
            self.loan.id,
            self.version,
            now(),
            self.receiver,
            None,
            None,
            in_json(data),
        )


@pytest.fixture
def approved(sessions: Sessions, admin: SignedIn, a_member: Callable[..., Member]) -> Callable[..., Account]:
    """Makes a loan of 3,000 over 3 months that was approved by the status route, and its account."""

    def make(target: LoanStatus = LoanStatus.APPROVED) -> Account:
        member = a_member()
        asked = an_application(member.id, principal=Decimal(3000), term_count=3, start_on=date(2026, 3, 1))
        with unit_of_work(sessions, "lending") as uow:
            loan = apply(uow, member.officer.actor, asked)
            change_status(uow, loan_id=loan.id, target=LoanStatus.APPROVED, by=admin.actor, at=AT, today=TODAY)
            if target is not LoanStatus.APPROVED:
                change_status(uow, loan_id=loan.id, target=target, by=admin.actor, at=AT, today=TODAY)
            schedule = schedule_of(uow.session, loan.id)
        return Account(loan, schedule, member.officer.id)

    return make


@pytest.fixture
def hear(sessions: Sessions) -> Callable[..., None]:
    """Delivers events, each in a transaction of its own."""

    def deliver_each(*envelopes: Envelope) -> None:
        for envelope in envelopes:
            deliver(sessions, handlers, [envelope])

    return deliver_each


def state(sessions: Sessions) -> Any:
    """Everything the handlers write, in a form that compares."""
    with sessions() as session:
        loans = [
            (loan.status, loan.paid, loan.outstanding, loan.account_version, loan.disbursed_at, loan.closed_at)
            for loan in session.scalars(select(Loan))
        ]
        lines = [
            (line.sequence, line.paid, line.status, line.closed_at)
            for line in session.scalars(select(Instalment).order_by(Instalment.sequence))
        ]
        repayments = [
            (repayment.id, repayment.amount, repayment.allocations)
            for repayment in session.scalars(select(LoanRepayment).order_by(LoanRepayment.id))
        ]
    return loans, lines, repayments


def loan_events(sessions: Sessions) -> list[str]:
    with sessions() as session:
        types = session.scalars(select(outbox.c.type).order_by(outbox.c.seq))
        return [event_type for event_type in types if ".audit." not in event_type]


def test_the_first_repayment_disburses_an_approved_loan_and_keeps_its_schedule(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    account = approved()
    hear(account.pay(1001, 1, on=[2]))
    (loan,), lines, (repayment,) = state(sessions)
    assert loan == (LoanStatus.ACTIVE, Decimal(1001), Decimal(1999), 1, PAID_AT, None)
    assert [(line[1], line[2]) for line in lines] == [(1000, "PAID"), (1, "PARTIAL"), (0, "PENDING")]
    assert [part["principal"] for part in repayment[2]] == ["1000.00", "1.00"]
    assert loan_events(sessions)[-1] == "lending.loan.disbursed.v1"


def test_the_last_repayment_completes_the_loan(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    account = approved(LoanStatus.ACTIVE)
    hear(account.pay(1000, 1), account.pay(2000, 2, 3))
    (loan,), _, _ = state(sessions)
    assert loan == (LoanStatus.COMPLETED, Decimal(3000), Decimal(0), 2, AT, PAID_AT)
    assert loan_events(sessions)[-1] == "lending.loan.completed.v1"


def test_one_repayment_of_everything_disburses_and_completes(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    hear(approved().pay(3000, 1, 2, 3))
    assert loan_events(sessions)[-2:] == ["lending.loan.disbursed.v1", "lending.loan.completed.v1"]


def test_the_steps_are_audited_as_the_receivers(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    account = approved()
    hear(account.pay(3000, 1, 2, 3))
    with sessions() as session:
        query = select(outbox.c.body).where(outbox.c.type == "lending.audit.recorded.v1").order_by(outbox.c.seq)
        entries = [Envelope.from_json(body).data for body in session.scalars(query)][-2:]
    assert [entry["action"] for entry in entries] == ["LOAN_DISBURSED", "LOAN_COMPLETED"]
    assert {entry["actor_id"] for entry in entries} == {str(account.receiver)}
    assert entries[0]["metadata"] == {"from": "APPROVED", "to": "ACTIVE"}


def test_the_steps_are_audited_with_who_acted_in_the_receivers_name(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None], admin: SignedIn
) -> None:
    paid = Envelope.from_json(structs.replace(approved().pay(1000, 1), impersonator_id=admin.id).to_json())
    hear(paid)
    with sessions() as session:
        query = select(outbox.c.body).where(outbox.c.type == "lending.audit.recorded.v1").order_by(outbox.c.seq)
        last = Envelope.from_json(session.scalars(query).all()[-1])
    assert (last.data["action"], last.data["metadata"]["impersonatedBy"]) == ("LOAN_DISBURSED", str(admin.id))
    assert last.impersonator_id == admin.id


def test_an_event_that_comes_twice_counts_once(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    event = approved().pay(1000, 1)
    hear(event)
    once = state(sessions)
    hear(event, event)
    assert state(sessions) == once


def test_active_loans_end_in_the_same_state_in_whatever_order_repayments_come(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    outcomes = []
    for order in permutations(range(3)):
        account = approved(LoanStatus.ACTIVE)
        events = [account.pay(1000, 1), account.pay(1000, 2), account.pay(1000, 3)]
        hear(*(events[place] for place in order))
        with sessions.begin() as session:
            loan = session.get_one(Loan, account.loan.id)
            outcomes.append((loan.status, loan.paid, loan.outstanding, loan.closed_at))
            lines = session.scalars(select(Instalment).where(Instalment.loan_id == loan.id))
            assert {line.status for line in lines} == {"PAID"}
    assert set(outcomes) == {(LoanStatus.COMPLETED, Decimal(3000), Decimal(0), PAID_AT)}


def test_a_late_repayment_does_not_undo_what_a_newer_one_said(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    account = approved(LoanStatus.ACTIVE)
    first, second = account.pay(500, on=[1]), account.pay(500, 1)
    hear(second, first)
    (loan,), lines, repayments = state(sessions)
    assert loan[:4] == (LoanStatus.ACTIVE, Decimal(1000), Decimal(2000), 2)
    assert lines[0][1:3] == (Decimal(1000), "PAID")
    assert len(repayments) == 2


def test_a_later_repayment_waits_for_the_one_that_disburses(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    account = approved()
    first, second = account.pay(1000, 1), account.pay(1000, 2)
    with pytest.raises(CauseMissing):
        hear(second)
    assert state(sessions)[0][0][0] is LoanStatus.APPROVED
    hear(first, second)
    assert state(sessions)[0][0][:4] == (LoanStatus.ACTIVE, Decimal(2000), Decimal(1000), 2)


def test_a_repayment_before_its_loan_waits_and_leaves_nothing(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    account = approved()
    account.loan.id = new_id()
    with pytest.raises(CauseMissing):
        hear(account.pay(1000, 1))
    assert state(sessions)[2] == []


def test_a_batch_has_the_effect_of_its_events_one_by_one(sessions: Sessions, approved: Callable[..., Account]) -> None:
    account = approved()
    events = [account.pay(1000, 1), account.pay(500, on=[2]), account.pay(1500, 2, 3)]
    deliver(sessions, handlers, events[::-1])
    (loan,), lines, repayments = state(sessions)
    assert loan == (LoanStatus.COMPLETED, Decimal(3000), Decimal(0), 3, PAID_AT, PAID_AT)
    assert [line[2] for line in lines] == ["PAID"] * 3
    assert len(repayments) == 3


def test_a_replay_writes_allocations_and_instalments_anew(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    account = approved(LoanStatus.ACTIVE)
    paid = account.pay(1000, 1)
    replayed = account.replay(paid, account.line(1, "PARTIAL", "600.00"), account.line(2, "PARTIAL", "400.00"))
    hear(paid, replayed)
    in_order = state(sessions)
    assert [line[1:3] for line in in_order[1]] == [(600, "PARTIAL"), (400, "PARTIAL"), (0, "PENDING")]
    assert [part["principal"] for part in in_order[2][0][2]] == ["600.00", "400.00"]


def test_a_replay_before_the_repayment_waits_for_it(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    account = approved(LoanStatus.ACTIVE)
    paid = account.pay(1000, 1)
    replayed = account.replay(paid, account.line(1, "PARTIAL", "600.00"))
    with pytest.raises(CauseMissing):
        hear(replayed)
    hear(paid, replayed, paid)
    assert state(sessions)[1][0][1:3] == (Decimal(600), "PARTIAL")


def test_money_for_a_loan_canceled_meanwhile_is_kept_and_the_loan_stays_canceled(
    sessions: Sessions, approved: Callable[..., Account], hear: Callable[..., None]
) -> None:
    hear(approved(LoanStatus.CANCELED).pay(3000, 1, 2, 3))
    (loan,), _, repayments = state(sessions)
    assert loan[:3] == (LoanStatus.CANCELED, Decimal(3000), Decimal(0))
    assert len(repayments) == 1
