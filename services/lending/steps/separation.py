"""Who may take a step: nobody makes, approves and pays out a loan alone, where the institution asks for that.

Asked of whoever is behind the request. What follows from a payment that was accepted has no such person, and is not
refused: the money was received.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.lending.domain.loan import UNDECIDED, LoanAction
from services.lending.domain.separation import (
    FourEyesNeeded,
    Separation,
    check_four_eyes,
    check_officers,
    check_raise,
)
from services.lending.models import Loan, Reschedule
from services.lending.queries.separation import origins, separation
from shared.db import UnitOfWork
from shared.errors import Forbidden

_APPROVALS = (LoanAction.APPROVE, LoanAction.APPROVE_DRAFT)


def person_of(uow: UnitOfWork) -> UUID | None:
    """Who really asks: the admin, where one acts as somebody else; None when nobody does."""
    return uow.context.actor.person_id if uow.context.actor else None


def note_maker(uow: UnitOfWork, loan: Loan) -> None:
    """Write down that whoever asks had a hand in what the loan is."""
    person = person_of(uow)
    if person and str(person) not in loan.makers:
        # Another list, because a change inside of one would go unseen.
        loan.makers = [*loan.makers, str(person)]


def check_person(uow: UnitOfWork, loan: Loan, action: LoanAction, *, at: datetime) -> None:
    """Refuse a step on this loan that is not for whoever asks. Raises OwnOfficer, FourEyesNeeded."""
    person = person_of(uow)
    if person is None or action is LoanAction.SUBMIT:
        return
    rules = _rules(uow)
    _check_officers(uow, loan, rules, person, at=at)
    check_four_eyes(
        rules,
        action,
        person,
        principal=_most(loan),
        makers=_makers(loan),
        approver=loan.approver_id or loan.approved_by,
    )


def note_person(uow: UnitOfWork, loan: Loan, action: LoanAction) -> None:
    """Write down who took a step that others must not be taken by."""
    if action is LoanAction.SUBMIT:
        note_maker(uow, loan)
    elif action in _APPROVALS:
        loan.approver_id = person_of(uow)
    elif action is LoanAction.UNDO_APPROVAL:
        loan.approver_id = None


def is_refused(uow: UnitOfWork, loan: Loan, action: LoanAction, *, at: datetime) -> bool:
    """Whether whoever asks may not take this step on this loan."""
    try:
        check_person(uow, loan, action, at=at)
    except Forbidden:
        return True
    return False


def needs_four_eyes(uow: UnitOfWork, loan: Loan) -> bool:
    """Whether the loan is made, approved and disbursed by different people."""
    return _rules(uow).needs_four_eyes(_most(loan))


def check_change(uow: UnitOfWork, loan: Loan, principal: Decimal, *, at: datetime) -> None:
    """Refuse a change to such a principal that is not for whoever asks. Raises OwnOfficer, FourEyesNeeded."""
    person = person_of(uow)
    if person is None or loan.status in UNDECIDED:
        return
    rules = _rules(uow)
    _check_officers(uow, loan, rules, person, at=at)
    check_raise(rules, former=loan.principal, principal=principal)


def check_decision(uow: UnitOfWork, loan: Loan, proposal: Reschedule, *, at: datetime) -> None:
    """Refuse a decision on this proposal that is not for whoever asks. Raises OwnOfficer, FourEyesNeeded."""
    person = person_of(uow)
    if person is None:
        return
    rules = _rules(uow)
    _check_officers(uow, loan, rules, person, at=at)
    if rules.needs_four_eyes(loan.principal) and person == (proposal.proposer_id or proposal.proposed_by):
        raise FourEyesNeeded("You proposed this: somebody else has to decide on it")


def _rules(uow: UnitOfWork) -> Separation:
    """The rules of the institution, read once in a transaction: an application of an admin takes three steps in one."""
    rules: Separation | None = uow.session.info.get("separation")
    if rules is None:
        rules = uow.session.info["separation"] = separation(uow.connection)
    return rules


def _check_officers(uow: UnitOfWork, loan: Loan, rules: Separation, person: UUID, *, at: datetime) -> None:
    """Asked of the officer of the loan and of whoever applied for it, who may be another by now."""
    if rules.days:
        check_officers(rules, person, origins(uow.connection, {loan.officer_id, loan.created_by}), at=at)


def _most(loan: Loan) -> Decimal:
    """What was asked for, where less was approved: lowering a loan is no way past the limit."""
    return max(loan.principal, loan.requested_principal or loan.principal)


def _makers(loan: Loan) -> set[UUID]:
    """The makers; a loan of the release before names only who applied for it."""
    return {UUID(maker) for maker in loan.makers} or {loan.created_by}
