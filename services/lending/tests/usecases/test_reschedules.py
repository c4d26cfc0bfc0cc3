"""Repaying what is outstanding by other terms, and making schedules again."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete

from services.lending.domain.application import CreateFlow
from services.lending.domain.loan import LoanStatus
from services.lending.domain.reschedule import NothingToReschedule, ProposalStatus, ScheduleEnd
from services.lending.domain.terms import InvalidTerms, TermUnit
from services.lending.models import EndedSchedule, Instalment, Loan
from services.lending.queries.schedules import schedule_of
from services.lending.steps.schedule import MorePaidThanDue
from services.lending.steps.undo import AlreadyRescheduled
from services.lending.tests.conftest import AT, Member, an_application, apply
from services.lending.usecases.amendment import Change, edit_loan
from services.lending.usecases.reschedules import (
    BeforeTheLoan,
    NotRepaid,
    ProposalDecided,
    ProposalOpen,
    RescheduleNotFound,
    ScheduleChanged,
    approve_reschedule,
    propose_reschedule,
    reject_reschedule,
)
from services.lending.usecases.schedules import NoSchedule, generate_missing_schedules, regenerate_schedule
from services.lending.usecases.status import change_status, undo_disbursement
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.testing import SignedIn, published_events, published_types

COMPLETE = {"start_on": date(2026, 3, 11), "processing_fee": Decimal(0), "penalty_per_day": Decimal(0)}
FROM = date(2026, 5, 20)


@pytest.fixture
def active(uow: UnitOfWork, admin: SignedIn, a_member: Callable[..., Member]) -> Loan:
    """A loan of 50,000 at 24 % over 12 months, active since 11 March: two instalments are due before 20 May."""
    application = an_application(a_member().id, annual_rate=Decimal("0.24"), **COMPLETE)
    return apply(uow, admin.actor, application, CreateFlow.COMPLETE_APPLICATION)


def propose(uow: UnitOfWork, loan: Loan, by: SignedIn, from_on: date = FROM, **terms: Any) -> Any:
    facts = {"term_count": 20, "term_unit": TermUnit.WEEK, "wishes": {}} | terms
    proposal, _ = propose_reschedule(uow, loan_id=loan.id, from_on=from_on, by=by.actor, at=AT, **facts)
    uow.flush()
    return proposal


def approve(uow: UnitOfWork, loan: Loan, proposal: Any, by: SignedIn) -> Any:
    return approve_reschedule(uow, loan_id=loan.id, reschedule_id=proposal.id, by=by.actor, at=AT)


def test_an_approved_proposal_keeps_what_fell_due_and_spreads_the_rest_anew(
    uow: UnitOfWork, active: Loan, officer: SignedIn, supervisor: SignedIn
) -> None:
    before = [line.id for line in schedule_of(uow.session, active.id)]
    proposal = propose(uow, active, officer, reason="A bad harvest")
    assert (proposal.status, active.schedule_version) == (ProposalStatus.PROPOSED, 1)
    approve(uow, active, proposal, supervisor)
    lines = schedule_of(uow.session, active.id)
    assert [line.id for line in lines[:2]] == before[:2]
    assert [line.sequence for line in lines] == list(range(1, 23))
    assert lines[2].due_on == date(2026, 5, 27)
    assert sum(line.principal for line in lines) == Decimal(50000)
    interest = sum(line.interest for line in lines)
    assert (active.interest_total, active.outstanding) == (interest, 50000 + interest)
    assert (active.term_count, active.term_unit, active.end_on) == (22, TermUnit.WEEK, lines[-1].due_on)
    ended = uow.session.get_one(EndedSchedule, (active.id, 1))
    assert (ended.ended_by, [line["instalment_id"] for line in ended.lines]) == (
        ScheduleEnd.RESCHEDULED,
        [str(identifier) for identifier in before],
    )
    event = [event for event in published_events(uow) if event.type == "lending.loan.rescheduled.v1"][-1]
    assert (event.data["schedule_version"], len(event.data["schedule"])) == (2, 22)


def test_a_proposal_changes_nothing_and_only_one_waits(
    uow: UnitOfWork, active: Loan, officer: SignedIn, supervisor: SignedIn
) -> None:
    proposal = propose(uow, active, officer)
    with pytest.raises(ProposalOpen):
        propose(uow, active, officer)
    assert "lending.loan.rescheduled.v1" not in published_types(uow)
    rejected = reject_reschedule(
        uow, loan_id=active.id, reschedule_id=proposal.id, by=supervisor.actor, at=AT, notes="Too long"
    )
    assert (rejected.status, rejected.decision_notes) == (ProposalStatus.REJECTED, "Too long")
    with pytest.raises(ProposalDecided):
        approve(uow, active, proposal, supervisor)
    propose(uow, active, officer)


def test_a_proposal_is_heard_of_by_the_loan_and_union_that_it_concerns(
    uow: UnitOfWork, active: Loan, officer: SignedIn, supervisor: SignedIn
) -> None:
    before, changed_at = active.version, active.updated_at
    proposal = propose(uow, active, officer, reason="A bad harvest")
    reject_reschedule(uow, loan_id=active.id, reschedule_id=proposal.id, by=supervisor.actor, at=AT, notes="Too long")
    events = [event for event in published_events(uow) if event.type.startswith("lending.reschedule.")]
    assert [(event.type, event.aggregate_id, event.version) for event in events] == [
        ("lending.reschedule.proposed.v1", active.id, before + 1),
        ("lending.reschedule.rejected.v1", active.id, before + 2),
    ]
    for event in events:
        assert event.data == {
            "reschedule_id": str(proposal.id),
            "loan_id": str(active.id),
            "union_id": str(active.union_id),
            "from_on": FROM.isoformat(),
            "term_count": 20,
            "term_unit": "WEEK",
        }
    # Whoever holds the loan as it was before may still change it.
    assert active.updated_at == changed_at


def test_a_proposal_for_a_schedule_that_changed_is_refused(
    uow: UnitOfWork, active: Loan, officer: SignedIn, admin: SignedIn
) -> None:
    proposal = propose(uow, active, officer)
    edit_loan(uow, Change(term_count=10, wishes={}), loan_id=active.id, by=admin.actor, at=AT)
    with pytest.raises(ScheduleChanged):
        approve(uow, active, proposal, admin)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"from_on": date(2026, 3, 10)}, BeforeTheLoan),
        ({"from_on": date(2027, 3, 12)}, NothingToReschedule),
        ({"first_due_on": FROM}, InvalidTerms),
        ({"wishes": {"annual_rate": Decimal(3)}}, InvalidTerms),
        ({"term_count": 0}, InvalidTerms),
    ],
)
def test_terms_that_make_no_schedule_are_not_proposed(
    uow: UnitOfWork, active: Loan, officer: SignedIn, facts: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        propose(uow, active, officer, **facts)


def test_only_a_loan_that_is_being_repaid_is_rescheduled(
    uow: UnitOfWork, active: Loan, officer: SignedIn, supervisor: SignedIn
) -> None:
    proposal = propose(uow, active, officer)
    change_status(
        uow,
        loan_id=active.id,
        target=LoanStatus.WRITTEN_OFF,
        by=supervisor.actor,
        at=AT,
        today=FROM,
        notes="Left the state",
    )
    with pytest.raises(NotRepaid):
        approve(uow, active, proposal, supervisor)
    with pytest.raises(RescheduleNotFound):
        approve_reschedule(uow, loan_id=active.id, reschedule_id=new_id(), by=supervisor.actor, at=AT)


def test_a_new_total_below_what_was_paid_is_refused(uow: UnitOfWork, active: Loan, officer: SignedIn) -> None:
    active.paid, active.outstanding = Decimal(55000), Decimal(7000)
    with pytest.raises(MorePaidThanDue):
        propose(uow, active, officer, wishes={"annual_rate": Decimal(0)})


def test_a_rescheduled_loan_is_not_changed_by_editing_or_undoing(
    uow: UnitOfWork, active: Loan, officer: SignedIn, admin: SignedIn
) -> None:
    approve(uow, active, propose(uow, active, officer), admin)
    with pytest.raises(AlreadyRescheduled):
        edit_loan(uow, Change(term_count=10, wishes={}), loan_id=active.id, by=admin.actor, at=AT)
    uow.session.expire_all()
    edit_loan(uow, Change(notes="Harvest is late", wishes={}), loan_id=active.id, by=admin.actor, at=AT)
    assert (active.notes, active.schedule_version) == ("Harvest is late", 2)
    with pytest.raises(AlreadyRescheduled):
        undo_disbursement(uow, loan_id=active.id, by=admin.actor, at=AT)


def test_a_schedule_is_made_again_as_it_was(uow: UnitOfWork, active: Loan, officer: SignedIn, admin: SignedIn) -> None:
    for rescheduled in (False, True):
        if rescheduled:
            approve(uow, active, propose(uow, active, officer), admin)
        before = [(line.sequence, line.due_on, line.principal, line.interest) for line in _lines(uow, active)]
        _, former, lines = regenerate_schedule(uow, loan_id=active.id, by=admin.actor, at=AT)
        assert [(line.sequence, line.due_on, line.principal, line.interest) for line in lines] == before
        assert (former, published_types(uow)[-1]) == (len(before), "lending.loan.updated.v1")


def test_a_draft_has_no_schedule_to_make_again(
    uow: UnitOfWork, admin: SignedIn, a_member: Callable[..., Member]
) -> None:
    loan = apply(uow, admin.actor, an_application(a_member().id))
    with pytest.raises(NoSchedule):
        regenerate_schedule(uow, loan_id=loan.id, by=admin.actor, at=AT)


def test_a_missing_schedule_is_made_and_drafts_are_left_alone(
    uow: UnitOfWork, active: Loan, admin: SignedIn, a_member: Callable[..., Member]
) -> None:
    apply(uow, admin.actor, an_application(a_member().id))
    impossible = apply(uow, admin.actor, an_application(a_member().id, **COMPLETE), CreateFlow.COMPLETE_APPLICATION)
    impossible.annual_rate = Decimal(3)
    uow.session.flush()
    uow.session.execute(delete(Instalment))
    generated = generate_missing_schedules(uow, at=AT)
    assert (generated.missing, generated.made) == (2, 1)
    assert len(_lines(uow, active)) == 12
    audits = [
        event.data for event in published_events(uow) if event.data.get("action") == "MISSING_SCHEDULES_GENERATED"
    ]
    assert audits[0]["metadata"]["loanNumbers"] == [active.loan_number]
    assert generate_missing_schedules(uow, at=AT).made == 0


def _lines(uow: UnitOfWork, loan: Loan) -> list[Instalment]:
    return list(schedule_of(uow.session, loan.id))
