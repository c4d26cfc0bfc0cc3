"""Two people decide about the same thing at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.lending.domain.loan import LoanStatus
from services.lending.domain.loan_type import Limits, LoanTypeInUse
from services.lending.domain.terms import TermUnit
from services.lending.models import Loan, LoanType
from services.lending.steps.agreement import LoanTypeUnavailable
from services.lending.tests.conftest import AT, TODAY, Member, an_application, apply
from services.lending.usecases.amendment import Change, edit_loan
from services.lending.usecases.application import approve_loan
from services.lending.usecases.loan_types import Product, create_loan_type, delete_loan_type
from services.lending.usecases.reschedules import propose_reschedule
from services.lending.usecases.status import change_status, disburse_loan
from shared.db import Sessions, UnitOfWork, run_transaction, unit_of_work
from shared.errors import DomainError
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.testing import SignedIn

ROUNDS = 8
Deed = Callable[[UnitOfWork], Any]


def at_once(sessions: Sessions, deeds: Sequence[Deed]) -> list[Any]:
    """Do all of it at the same moment; what each returned, or the error it was refused with."""
    start = Barrier(len(deeds))

    def do(deed: Deed) -> Any:
        start.wait()
        try:
            return run_transaction(sessions, "lending", deed)[0]
        except DomainError as refused:
            return refused

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def steps_of(sessions: Sessions, loan_id: UUID) -> list[str]:
    """The steps of a loan in the order of their events."""
    with sessions() as session:
        events = [Envelope.from_json(body) for body in session.scalars(select(outbox.c.body).order_by(outbox.c.seq))]
    return [event.type.split(".")[2] for event in events if event.aggregate_id == loan_id]


def status_of(sessions: Sessions, loan_id: UUID) -> LoanStatus:
    with sessions() as session:
        return session.get_one(Loan, loan_id).status


@pytest.fixture
def submitted(sessions: Sessions, a_member: Callable[..., Member]) -> Callable[[], UUID]:
    def make() -> UUID:
        member = a_member()
        with unit_of_work(sessions, "lending") as uow:
            return apply(uow, member.officer.actor, an_application(member.id, submit=True)).id

    return make


def test_of_approving_and_canceling_at_once_the_loan_ends_where_the_last_one_told(
    sessions: Sessions, submitted: Callable[[], UUID], supervisor: SignedIn
) -> None:
    for _ in range(ROUNDS):
        loan_id = submitted()
        facts = {"loan_id": loan_id, "by": supervisor.actor, "at": AT}
        approved, canceled = at_once(
            sessions,
            [
                lambda uow, facts=facts: approve_loan(uow, **facts),
                lambda uow, facts=facts: change_status(uow, **facts, target=LoanStatus.CANCELED, today=TODAY),
            ],
        )
        steps = steps_of(sessions, loan_id)[2:]
        assert not isinstance(canceled, DomainError)
        assert status_of(sessions, loan_id) is LoanStatus.CANCELED
        assert steps == (["rejected"] if isinstance(approved, DomainError) else ["approved", "canceled"])


def test_of_disbursing_and_canceling_at_once_exactly_one_happens(
    sessions: Sessions, submitted: Callable[[], UUID], supervisor: SignedIn
) -> None:
    for _ in range(ROUNDS):
        loan_id = submitted()
        facts = {"loan_id": loan_id, "by": supervisor.actor, "at": AT}
        run_transaction(sessions, "lending", lambda uow, facts=facts: approve_loan(uow, **facts))
        disbursement = {"disbursed_on": TODAY, "disbursed_at": datetime(2026, 3, 11, tzinfo=UTC)}
        outcomes = at_once(
            sessions,
            [
                lambda uow, facts=facts, more=disbursement: disburse_loan(uow, **facts, **more),
                lambda uow, facts=facts: change_status(uow, **facts, target=LoanStatus.CANCELED, today=TODAY),
            ],
        )
        done = [not isinstance(outcome, DomainError) for outcome in outcomes]
        assert sorted(done) == [False, True]
        assert status_of(sessions, loan_id) is (LoanStatus.ACTIVE if done[0] else LoanStatus.CANCELED)
        assert steps_of(sessions, loan_id)[3:] == (["disbursed"] if done[0] else ["canceled"])


def test_a_loan_type_is_deleted_or_lent_from_and_never_both(
    sessions: Sessions, admin: SignedIn, a_member: Callable[..., Member]
) -> None:
    limits = Limits(Decimal(10000), Decimal(60000), TermUnit.MONTH, 3, 24)
    for number in range(ROUNDS):
        member = a_member()
        with unit_of_work(sessions, "lending") as uow:
            product = Product(name=f"Market loan {number}", limits=limits)
            type_id = create_loan_type(uow, product, at=AT).id
        application = an_application(member.id, loan_type_id=type_id)
        lent, deleted = at_once(
            sessions,
            [
                lambda uow, of=application, by=member: apply(uow, by.officer.actor, of).id,
                lambda uow, type_id=type_id: delete_loan_type(uow, loan_type_id=type_id, at=AT),
            ],
        )
        with sessions() as session:
            is_deleted = session.get_one(LoanType, type_id).deleted_at is not None
        assert isinstance(lent, LoanTypeUnavailable) is is_deleted
        assert isinstance(deleted, LoanTypeInUse) is not is_deleted


def test_of_ten_proposals_at_once_one_waits(
    sessions: Sessions, submitted: Callable[[], UUID], supervisor: SignedIn
) -> None:
    loan_id = submitted()
    facts = {"loan_id": loan_id, "by": supervisor.actor, "at": AT}
    run_transaction(sessions, "lending", lambda uow: approve_loan(uow, **facts))
    run_transaction(sessions, "lending", lambda uow: disburse_loan(uow, **facts, disbursed_on=TODAY, disbursed_at=AT))
    asked = {"from_on": date(2026, 5, 20), "term_count": 20, "wishes": {}}
    outcomes = at_once(sessions, [lambda uow: propose_reschedule(uow, **facts, **asked)[0].id] * 10)
    assert sum(isinstance(outcome, UUID) for outcome in outcomes) == 1


def test_of_two_editors_at_once_one_is_told_to_read_again(
    sessions: Sessions, submitted: Callable[[], UUID], admin: SignedIn
) -> None:
    loan_id = submitted()
    change = Change(notes="Mine", expected_updated_at=AT, wishes={})
    later = datetime(2026, 3, 11, 10, tzinfo=UTC)
    outcomes = at_once(sessions, [lambda uow: edit_loan(uow, change, loan_id=loan_id, by=admin.actor, at=later).id] * 4)
    assert sum(isinstance(outcome, UUID) for outcome in outcomes) == 1
