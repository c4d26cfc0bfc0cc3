"""From the application for a loan to the decision on it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.lending.domain.application import Application, CreateFlow, status_after_creation
from services.lending.domain.loan import LoanAction, LoanStatus
from services.lending.domain.schedule import interest_total, make_schedule
from services.lending.events import LoanCreated
from services.lending.models import Loan, LoanType, terms_of
from services.lending.queries import counts, locks
from services.lending.shapes.loans import LoanScalars
from services.lending.steps import decision, disbursement, separation
from services.lending.steps.agreement import Offer, freeze, offer_for_loan
from services.lending.steps.transition import new_loan_of, seen_loan, take_step
from shared.clock import midnight_utc
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import NotFound, RuleViolated
from shared.ids import new_id
from shared.money import ZERO

CURRENCY = "NGN"


class MemberNotFound(NotFound):
    """No such member, or not for this actor to see."""


class WrongOfficer(RuleViolated):
    """The officer of a loan is the officer of the member's union, and nobody else."""


def create_loan(
    uow: UnitOfWork,
    application: Application,
    *,
    flow: CreateFlow,
    by: Actor,
    at: datetime,
    today: date,
    books_open_from: date | None = None,
) -> Loan:
    """Draft a loan and carry it as far as the applicant or the institution's policy says; no further than submitted
    where somebody else has to decide.

    Raises MemberNotFound, LoanTypeUnavailable, OutsideLimits, NotOverridable, InvalidTerms, WrongOfficer,
    RunningLoanExists, BooksClosed.
    """
    loan = _draft_loan(uow, application, by=by, at=at, today=today)
    target = status_after_creation(
        flow,
        submit=application.submit,
        is_complete=application.is_complete,
        by_admin=by.role is Role.ADMIN,
    )
    if target is not LoanStatus.DRAFT:
        decision.submit(uow, loan, at=at)
    if target is LoanStatus.ACTIVE and not separation.is_refused(uow, loan, LoanAction.APPROVE, at=at):
        disbursement.check_books(loan.start_on, books_open_from)
        decision.approve(uow, loan, by=by.id, at=at)
        disbursement.disburse(uow, loan, disbursed_on=loan.start_on, disbursed_at=midnight_utc(loan.start_on), at=at)
    return loan


def submit_loan(uow: UnitOfWork, *, loan_id: UUID, by: Actor, at: datetime, notes: str | None = None) -> Loan:
    """Put a draft before those who approve. Raises LoanNotFound, InvalidTransition, RunningLoanExists."""
    loan = seen_loan(uow, loan_id, by)
    decision.submit(uow, loan, at=at, notes=notes)
    return loan


def approve_loan(
    uow: UnitOfWork,
    *,
    loan_id: UUID,
    by: Actor,
    at: datetime,
    notes: str | None = None,
    principal: Decimal | None = None,
) -> Loan:
    """Approve a submitted loan, for a lower `principal` if one is given; its schedule waits for the disbursement.

    Raises LoanNotFound, InvalidTransition, MoreThanRequested, ReasonMissing, OutsideLimits, InvalidTerms.
    """
    loan = seen_loan(uow, loan_id, by)
    if principal is not None and principal < loan.principal:
        product = uow.session.get(LoanType, loan.loan_type_id) if loan.loan_type_id else None
        Offer(product).check(terms_of(loan, principal))
    decision.approve(uow, loan, by=by.id, at=at, notes=notes, principal=principal)
    return loan


def undo_approval(uow: UnitOfWork, *, loan_id: UUID, by: Actor, at: datetime, notes: str | None = None) -> Loan:
    """Put an approved loan, on which nothing is paid, back before those who approve.

    Raises LoanNotFound, InvalidTransition, AlreadyPaid.
    """
    loan = seen_loan(uow, loan_id, by)
    decision.undo_approval(uow, loan, at=at, notes=notes)
    return loan


def reject_loan(uow: UnitOfWork, *, loan_id: UUID, by: Actor, at: datetime, notes: str) -> Loan:
    """Turn a loan down, with the reason, before any money moved. Raises LoanNotFound, InvalidTransition."""
    loan = seen_loan(uow, loan_id, by)
    take_step(uow, loan, LoanAction.REJECT, at=at, notes=notes)
    return loan


def check_assignment(chosen_id: UUID, officer_id: UUID) -> None:
    """Refuse an officer for a loan who is not its union's. Raises WrongOfficer."""
    if chosen_id != officer_id:
        message = "The officer of a loan is its union's: reassign the union, or the member to another union"
        raise WrongOfficer(message, field="officer_id")


def _draft_loan(uow: UnitOfWork, application: Application, *, by: Actor, at: datetime, today: date) -> Loan:
    union_id, officer_id = _union_of(uow, application.member_id, by)
    _check_officer(uow, application.officer_id, officer_id, by)
    offer = offer_for_loan(uow, application.loan_type_id)
    conditions = offer.conditions_with(application.wishes, application.principal)
    terms = conditions.terms(application.principal, application.term_count, application.term_unit)
    offer.check(terms)
    start_on = application.start_on or today
    schedule = make_schedule(terms, start_on)
    interest = interest_total(schedule)
    new = new_loan_of(uow, application.member_id)
    loan = Loan(
        id=new_id(),
        loan_number=new.loan_number,
        member_id=application.member_id,
        union_id=union_id,
        officer_id=officer_id,
        loan_type_id=application.loan_type_id,
        principal=terms.principal,
        currency=CURRENCY,
        term_count=terms.term_count,
        term_unit=terms.term_unit,
        start_on=start_on,
        end_on=schedule[-1].due_on,
        interest_total=interest,
        processing_fee_collected=False,
        status=LoanStatus.DRAFT,
        created_by=by.id,
        makers=[],
        notes=application.notes,
        created_at=at,
        updated_at=at,
        version=new.version,
        schedule_version=0,
        account_version=0,
        paid=ZERO,
        outstanding=terms.principal + interest,
    )
    freeze(loan, conditions, terms.principal)
    separation.note_maker(uow, loan)
    uow.session.add(loan)
    counts.loan_added(uow, officer_id, loan.loan_type_id, loan.status)
    uow.publish(LoanCreated.of(loan))
    uow.audit(action="LOAN_CREATED", entity_name="Loan", entity_id=loan.id, after=LoanScalars.of(loan))
    return loan


def _union_of(uow: UnitOfWork, member_id: UUID, by: Actor) -> tuple[UUID, UUID]:
    """The member's union and its officer; the member stays locked, so that two applications come one by one."""
    # Where the member just came into a new union, only a statement that begins with the lock held sees that one.
    for _ in range(2):
        if place := locks.place_of_applicant(uow.session, member_id, seen_by=by):
            return place[0], place[1]
    raise MemberNotFound("Union member not found")


def _check_officer(uow: UnitOfWork, chosen_id: UUID | None, officer_id: UUID, by: Actor) -> None:
    """Refuse another officer than the union's. An officer applies for themselves, whomever they name."""
    if chosen_id in {None, officer_id} or by.role is Role.CREDIT_OFFICER:
        return
    if not locks.is_credit_officer(uow.session, chosen_id):
        raise WrongOfficer("Credit officer not found", field="officer_id")
    raise WrongOfficer("Officer must belong to the same union", field="officer_id")
