"""What payments tells of reversals, charges and replays: in any order it ends in the same state."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import select

from services.lending.consumers import handlers
from services.lending.domain.loan import LoanStatus
from services.lending.models import Instalment, Loan, LoanRepayment
from services.lending.queries.schedules import schedule_of
from services.lending.steps.closure import delete
from services.lending.steps.decision import undo_approval
from services.lending.steps.disbursement import undo_disbursement
from services.lending.tests.conftest import AT
from services.lending.tests.consumers.test_accounts import Account, approved, hear, loan_events, state
from services.lending.usecases.status import change_status
from shared.clock import now
from shared.db import Sessions, unit_of_work
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json, plain
from shared.messaging.handlers import CauseMissing
from shared.testing import SignedIn

__all__ = ["approved", "hear"]
CHARGE_LINE = new_id()
Make, Hear = Callable[..., Account], Callable[..., None]


@dataclass
class Ledger:
    """Tells what payments tells beyond repayments, of an account and under its versions."""

    account: Account

    def pay(self, amount: int, *settled: int, **how: Any) -> Envelope:
        return self.account.pay(amount, *settled, **how)

    def line(self, sequence: int, status: str, paid: str, **dues: str) -> dict[str, Any]:
        schedule = self.account.schedule
        if sequence > len(schedule):
            planned = {"instalment_id": CHARGE_LINE, "due_on": schedule[-1].due_on + timedelta(days=9)}
            principal, is_charge_line = Decimal(0), True
        else:
            line = schedule[sequence - 1]
            planned, principal, is_charge_line = (
                {"instalment_id": line.id, "due_on": line.due_on},
                line.principal,
                False,
            )
        parts = {"penalty": "0.00", "fee": "0.00", "interest": "0.00", "principal": principal}
        how = {"status": status, "paid": Decimal(paid), "closed_at": AT if status == "PAID" else None}
        return planned | parts | dues | how | {"sequence": sequence, "is_charge_line": is_charge_line}

    def reverse(self, repayment: Envelope, *lines: dict[str, Any]) -> Envelope:
        amount = Decimal(repayment.data["amount"])
        self.account.paid -= amount
        data = {
            "reversal_id": new_id(), "repayment_id": repayment.data["repayment_id"], "amount": amount,
            "currency": "NGN", "method": "CASH", "reason": "A mistake", "reversed_by": self.account.receiver,
            "reversed_at": AT, "recorded_at": AT, "paid_on": AT.date(),
        }  # fmt: skip
        return self._event("payments.repayment.reversed.v1", data, lines)

    def charge(self, *lines: dict[str, Any], owed: int = 0, **recorded: datetime) -> Envelope:
        data = {"charge_id": new_id(), "kind": "PENALTY", "due_on": AT.date(), "amount": Decimal(5)} | recorded
        return self._event("payments.charge.added.v1", data, lines, owed=owed)

    def _event(self, event_type: str, data: dict[str, Any], lines: Sequence[Any], owed: int = 0) -> Envelope:
        account = self.account
        account.version += 1
        owed += account.loan.principal - account.paid
        state = {
            "version": account.version, "schedule_version": account.loan.schedule_version, "paid": account.paid,
            "outstanding": owed, "outstanding_principal": owed, "settled": not owed, "closed_at": None,
            "instalments": list(lines),
        }  # fmt: skip
        data = plain(data | {"loan_id": account.loan.id, "union_id": account.loan.union_id, "account": state})
        return Envelope(
            new_id(),
            event_type,
            "payments",
            account.loan.id,
            account.version,
            now(),
            account.receiver,
            None,
            None,
            in_json(data),
        )


def test_a_reversed_repayment_is_shown_with_its_reversal_and_the_loan_runs_again(
    sessions: Sessions, approved: Make, hear: Hear
) -> None:
    ledger = Ledger(approved(LoanStatus.ACTIVE))
    first, last = ledger.pay(1000, 1), ledger.pay(2000, 2, 3)
    hear(first, last)
    hear(ledger.reverse(last, ledger.line(2, "PENDING", "0.00"), ledger.line(3, "PENDING", "0.00")))
    (loan,), lines, repayments = state(sessions)
    assert loan == (LoanStatus.ACTIVE, Decimal(1000), Decimal(2000), 3, AT, None)
    assert [line[2] for line in lines] == ["PAID", "PENDING", "PENDING"]
    assert sorted((amount, len(parts)) for _, amount, parts in repayments) == [(-2000, 0), (1000, 1), (2000, 0)]
    assert loan_events(sessions)[-2:] == ["lending.loan.completed.v1", "lending.loan.reactivated.v1"]


def test_charges_fall_due_with_their_instalment_or_on_a_line_of_their_own(
    sessions: Sessions, approved: Make, hear: Hear
) -> None:
    ledger = Ledger(approved(LoanStatus.ACTIVE))
    two = ledger.charge(
        ledger.line(2, "PENDING", "0.00", penalty="5.00"), ledger.line(4, "PENDING", "0.00", fee="7.00"), owed=12
    )
    hear(two)
    with sessions() as session:
        found = session.scalars(select(Instalment).order_by(Instalment.sequence)).all()
        assert [(line.sequence, line.penalty, line.fee, line.is_charge_line) for line in found] == [
            (1, 0, 0, False), (2, 5, 0, False), (3, 0, 0, False), (4, 0, 7, True),
        ]  # fmt: skip
        assert len(schedule_of(session, ledger.account.loan.id)) == 3
        assert session.scalars(select(Loan.outstanding)).one() == Decimal(3012)


def test_an_instalment_is_updated_when_payments_recorded_what_changed_it(
    sessions: Sessions, approved: Make, hear: Hear
) -> None:
    ledger = Ledger(approved(LoanStatus.ACTIVE))
    first, second = (ledger.line(number, "PENDING", "0.00", penalty="5.00") for number in (1, 2))
    recorded = ledger.charge(first, owed=5, recorded_at=AT + timedelta(hours=1))
    # The release before did not say when.
    older = ledger.charge(second, owed=10)
    hear(recorded, older)
    with sessions() as session:
        lines = session.scalars(select(Instalment).order_by(Instalment.sequence)).all()
        assert [line.updated_at for line in lines[:2]] == [AT + timedelta(hours=1), older.occurred_at]


def test_everything_ends_in_the_same_state_in_whatever_order_it_comes(sessions: Sessions, approved: Make) -> None:
    outcomes = []
    for order in [*permutations(range(5))][::15]:
        ledger = Ledger(approved(LoanStatus.ACTIVE))
        paid = ledger.pay(3000, 1, 2, 3)
        events = [
            paid,
            ledger.reverse(paid, *(ledger.line(number, "PENDING", "0.00") for number in (1, 2, 3))),
            ledger.charge(ledger.line(1, "PENDING", "0.00", penalty="5.00"), owed=5),
            ledger.pay(500, on=[1]),
            ledger.charge(ledger.line(1, "PARTIAL", "500.00", penalty="9.00"), owed=9),
        ]
        waiting = [events[place] for place in order]
        while waiting:
            waiting = [event for event in waiting if not heard(sessions, event)]
        with sessions() as session:
            loan = session.get_one(Loan, ledger.account.loan.id)
            lines = session.scalars(select(Instalment).where(Instalment.loan_id == loan.id)).all()
            schedule = sorted((line.sequence, line.paid, line.status, line.penalty) for line in lines)
            entries = session.scalars(select(LoanRepayment.amount).where(LoanRepayment.loan_id == loan.id)).all()
        outcomes.append((loan.status, loan.paid, loan.outstanding, schedule, sorted(entries)))
    assert outcomes == [outcomes[0]] * 8
    assert outcomes[0][:3] == (LoanStatus.ACTIVE, Decimal(500), Decimal(2509))


def heard(sessions: Sessions, event: Envelope) -> bool:
    """Whether the event found its cause; one that did not comes again later."""
    try:
        deliver(sessions, handlers, [event])
    except CauseMissing:
        return False
    return True


def test_on_an_approved_loan_nothing_overtakes_the_repayment_that_disburses_it(
    sessions: Sessions, approved: Make, hear: Hear
) -> None:
    ledger = Ledger(approved())
    paid = ledger.pay(1000, 1)
    charged = ledger.charge(ledger.line(2, "PENDING", "0.00", penalty="5.00"), owed=5)
    with pytest.raises(CauseMissing):
        hear(charged)
    hear(paid, charged)
    assert state(sessions)[0][0][:4] == (LoanStatus.ACTIVE, Decimal(1000), Decimal(2005), 2)


def test_a_recovery_leaves_a_written_off_loan_written_off(
    sessions: Sessions, approved: Make, hear: Hear, admin: SignedIn
) -> None:
    account = approved(LoanStatus.ACTIVE)
    with unit_of_work(sessions, "lending") as uow:
        how = {"by": admin.actor, "at": AT, "today": AT.date(), "notes": "Moved away"}
        change_status(uow, loan_id=account.loan.id, target=LoanStatus.WRITTEN_OFF, **how)
    paid = account.pay(3000, 1, 2, 3)
    hear(structs.replace(paid, contents=in_json(paid.data | {"kind": "RECOVERY"})))
    assert state(sessions)[0][0][:3] == (LoanStatus.WRITTEN_OFF, Decimal(3000), Decimal(0))
    with sessions() as session:
        assert session.scalars(select(LoanRepayment.kind)).all() == ["RECOVERY"]


def test_a_repayment_told_again_does_not_bring_back_what_was_undone_since(
    sessions: Sessions, approved: Make, hear: Hear
) -> None:
    ledger = Ledger(approved())
    paid = ledger.pay(1000, 1)
    hear(paid, ledger.reverse(paid, ledger.line(1, "PENDING", "0.00")))
    with unit_of_work(sessions, "lending") as uow:
        undo_disbursement(uow, uow.session.get_one(Loan, ledger.account.loan.id), at=AT)
    # Under an id that no inbox knows, as when it is told again after the inbox has forgotten it.
    hear(structs.replace(paid, id=new_id()))
    (loan,), _, _ = state(sessions)
    assert loan[:3] == (LoanStatus.APPROVED, Decimal(0), Decimal(3000))


@pytest.mark.parametrize("undone", ["approval", "loan"])
def test_money_that_was_on_its_way_brings_back_what_was_undone(
    sessions: Sessions, approved: Make, hear: Hear, undone: str
) -> None:
    account = approved()
    paid = account.pay(1000, 1)
    with unit_of_work(sessions, "lending") as uow:
        loan = uow.session.get_one(Loan, account.loan.id)
        undo_approval(uow, loan, at=AT) if undone == "approval" else delete(uow, loan, at=AT)
    hear(paid)
    (loan,), _, repayments = state(sessions)
    assert loan[:3] == (LoanStatus.ACTIVE, Decimal(1000), Decimal(2000))
    assert len(repayments) == 1
    with sessions() as session:
        assert session.scalars(select(Loan.deleted_at)).one() is None
        assert session.scalars(select(Instalment)).first() is not None
