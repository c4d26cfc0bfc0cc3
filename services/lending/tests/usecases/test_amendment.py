"""Changing a loan, and taking it away."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.lending.domain.application import CreateFlow
from services.lending.domain.loan import LoanStatus
from services.lending.domain.loan_type import Limits, OutsideLimits
from services.lending.domain.terms import InterestMethod, TermUnit
from services.lending.models import EndedSchedule, Loan, LoanType
from services.lending.queries.schedules import schedule_of
from services.lending.steps.agreement import LoanTypeUnavailable
from services.lending.steps.schedule import MorePaidThanDue
from services.lending.steps.transition import LoanNotFound
from services.lending.tests.conftest import AT, Member, an_application, apply
from services.lending.usecases.amendment import (
    Change,
    ChangedMeanwhile,
    DecidedAlready,
    LoanEnded,
    delete_loan,
    edit_loan,
)
from services.lending.usecases.application import approve_loan
from services.lending.usecases.loan_types import Product, create_loan_type, toggle_loan_type
from shared import tally
from shared.context import Actor
from shared.db import UnitOfWork
from shared.testing import SignedIn, published_events, published_types

COMPLETE = {"start_on": date(2026, 3, 1), "processing_fee": Decimal("500.00"), "penalty_per_day": Decimal(0)}
LATER = AT + timedelta(hours=1)


@pytest.fixture
def market(uow: UnitOfWork) -> LoanType:
    limits = Limits(Decimal(10000), Decimal(60000), TermUnit.MONTH, 3, 24)
    return create_loan_type(uow, Product(name="Market loan", limits=limits), at=AT)


@pytest.fixture
def draft(uow: UnitOfWork, a_member: Callable[..., Member]) -> Loan:
    member = a_member()
    return apply(uow, member.officer.actor, an_application(member.id, processing_fee_rate=Decimal("0.01")))


@pytest.fixture
def active(uow: UnitOfWork, admin: SignedIn, a_member: Callable[..., Member]) -> Loan:
    """A loan of 50,000 over 12 months, active since 1 March."""
    application = an_application(a_member().id, **COMPLETE)
    return apply(uow, admin.actor, application, CreateFlow.COMPLETE_APPLICATION)


def edit(uow: UnitOfWork, loan: Loan, by: Actor, wishes: dict[str, Any] | None = None, **changes: Any) -> Loan:
    return edit_loan(uow, Change(wishes=wishes or {}, **changes), loan_id=loan.id, by=by, at=LATER)


def test_an_application_is_changed_by_its_officer(uow: UnitOfWork, draft: Loan, officer: SignedIn) -> None:
    loan = edit(uow, draft, officer.actor, principal=Decimal(30000), wishes={"annual_rate": Decimal("0.12")})
    assert (loan.principal, loan.interest_total, loan.outstanding) == (Decimal(30000), Decimal(3600), Decimal(33600))
    assert loan.processing_fee == Decimal("300.00")
    assert published_types(uow)[-1] == "lending.loan.updated.v1"
    audit = [event.data for event in published_events(uow) if ".audit." in event.type][-1]
    assert (audit["action"], audit["before"]["principalAmount"], audit["after"]["principalAmount"]) == (
        "LOAN_UPDATED",
        "50000.00",
        "30000.00",
    )


def test_the_fee_that_was_shown_is_no_wish_for_another_one(uow: UnitOfWork, draft: Loan, officer: SignedIn) -> None:
    shown = {"processing_fee": draft.processing_fee}
    assert edit(uow, draft, officer.actor, shown, principal=Decimal(30000)).processing_fee == Decimal("300.00")
    assert edit(uow, draft, officer.actor, {"processing_fee": Decimal(7)}).processing_fee == Decimal("7.00")
    assert draft.processing_fee_rate == 0


def test_after_the_decision_only_an_admin_changes_a_loan(
    uow: UnitOfWork, draft: Loan, officer: SignedIn, active: Loan, admin: SignedIn
) -> None:
    with pytest.raises(DecidedAlready):
        edit(uow, active, officer.actor, notes="Mine")
    assert edit(uow, active, admin.actor, notes="Seen").notes == "Seen"


def test_a_loan_of_another_officer_looks_absent(uow: UnitOfWork, draft: Loan, other_officer: SignedIn) -> None:
    with pytest.raises(LoanNotFound):
        edit(uow, draft, other_officer.actor, notes="Mine")


def test_an_ended_loan_is_not_changed(uow: UnitOfWork, draft: Loan, admin: SignedIn) -> None:
    draft.status = LoanStatus.CANCELED
    with pytest.raises(LoanEnded, match="CANCELED"):
        edit(uow, draft, admin.actor, notes="Late")


def test_of_two_editors_who_read_the_same_only_the_first_writes(
    uow: UnitOfWork, draft: Loan, officer: SignedIn
) -> None:
    seen = draft.updated_at
    edit(uow, draft, officer.actor, notes="First", expected_updated_at=seen)
    with pytest.raises(ChangedMeanwhile):
        edit(uow, draft, officer.actor, notes="Second", expected_updated_at=seen)


def test_other_terms_make_the_schedule_anew_and_keep_the_old_one(
    uow: UnitOfWork, active: Loan, admin: SignedIn
) -> None:
    loan = edit(uow, active, admin.actor, term_count=6, start_on=date(2026, 3, 5))
    lines = schedule_of(uow.session, loan.id)
    assert (len(lines), lines[0].due_on, loan.end_on) == (6, date(2026, 4, 5), date(2026, 9, 5))
    assert len(uow.session.get_one(EndedSchedule, (loan.id, 1)).lines) == 12
    event = [event for event in published_events(uow) if event.type == "lending.loan.updated.v1"][-1]
    assert (event.data["schedule_version"], len(event.data["schedule"])) == (2, 6)


def test_a_change_of_something_else_leaves_the_schedule_alone(uow: UnitOfWork, active: Loan, admin: SignedIn) -> None:
    before = [line.id for line in schedule_of(uow.session, active.id)]
    edit(uow, active, admin.actor, {"penalty_per_day": Decimal(50)}, notes="Agreed", principal=active.principal)
    assert [line.id for line in schedule_of(uow.session, active.id)] == before
    assert active.schedule_version == 1


def test_a_loan_does_not_come_to_less_than_what_was_paid(uow: UnitOfWork, active: Loan, admin: SignedIn) -> None:
    active.paid, active.outstanding = Decimal(20000), Decimal(30000)
    with pytest.raises(MorePaidThanDue, match=r"1000\.00 less"):
        edit(uow, active, admin.actor, principal=Decimal(19000))


def test_another_product_brings_its_conditions_and_its_limits(
    uow: UnitOfWork, draft: Loan, officer: SignedIn, market: LoanType
) -> None:
    market.interest_method, market.annual_rate = InterestMethod.DECLINING_BALANCE, Decimal("0.24")
    loan = edit(uow, draft, officer.actor, loan_type_id=market.id)
    assert (loan.interest_method, loan.processing_fee) == (InterestMethod.DECLINING_BALANCE, 0)
    assert loan.outstanding == loan.principal + loan.interest_total > 50000
    uow.flush()
    assert tally.by_owner(uow.connection, "loan_of_type", [market.id]) == {market.id: 1}
    with pytest.raises(OutsideLimits):
        edit(uow, draft, officer.actor, principal=Decimal(60001))


def test_what_became_of_its_product_meanwhile_does_not_touch_a_loan(
    uow: UnitOfWork, officer: SignedIn, market: LoanType, a_member: Callable[..., Member]
) -> None:
    loan = apply(uow, officer.actor, an_application(a_member().id, loan_type_id=market.id))
    market.max_amount, market.annual_rate = Decimal(20000), Decimal("0.5")
    toggle_loan_type(uow, loan_type_id=market.id, at=AT)
    assert edit(uow, loan, officer.actor, notes="Still fine", loan_type_id=market.id).annual_rate == 0
    with pytest.raises(OutsideLimits):
        edit(uow, loan, officer.actor, principal=Decimal(40000))
    with pytest.raises(LoanTypeUnavailable):
        apply(uow, officer.actor, an_application(a_member().id, loan_type_id=market.id))


def test_an_officer_withdraws_only_what_is_not_decided_on(
    uow: UnitOfWork, draft: Loan, officer: SignedIn, active: Loan
) -> None:
    with pytest.raises(DecidedAlready):
        delete_loan(uow, loan_id=active.id, by=officer.actor, at=LATER)
    delete_loan(uow, loan_id=draft.id, by=officer.actor, at=LATER, reason="Typed twice")
    with pytest.raises(LoanNotFound):
        delete_loan(uow, loan_id=draft.id, by=officer.actor, at=LATER)
    audits = [event.data for event in published_events(uow) if event.data.get("action") == "LOAN_DELETED"]
    assert [audit["metadata"]["reason"] for audit in audits] == ["Typed twice"]
    uow.flush()
    assert tally.total(uow.connection, "loan", [officer.id]) == 1


def test_a_deleted_loan_makes_room_for_another(
    uow: UnitOfWork, admin: SignedIn, officer: SignedIn, active: Loan
) -> None:
    delete_loan(uow, loan_id=active.id, by=admin.actor, at=LATER)
    loan = apply(uow, officer.actor, an_application(active.member_id, submit=True))
    assert approve_loan(uow, loan_id=loan.id, by=admin.actor, at=LATER).status is LoanStatus.APPROVED
