"""Repaying what is outstanding by other terms: proposed by one, decided by another."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from services.lending.domain.conditions import changed
from services.lending.domain.loan import LoanStatus
from services.lending.domain.reschedule import ProposalStatus, ScheduleEnd
from services.lending.domain.schedule import Instalment as Line
from services.lending.domain.schedule import interest_total
from services.lending.domain.terms import TermUnit
from services.lending.events import LoanRescheduled, RescheduleEvent, RescheduleProposed, RescheduleRejected
from services.lending.models import Instalment, Loan, Reschedule
from services.lending.queries import schedules
from services.lending.queries.loan_detail import InstalmentRow
from services.lending.shapes.schedules import RescheduleScalars
from services.lending.steps import schedule, separation
from services.lending.steps.transition import recorded_change, seen_loan
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound, RuleViolated
from shared.ids import new_id

_REPAID = (LoanStatus.ACTIVE, LoanStatus.DEFAULTED)


class RescheduleNotFound(NotFound):
    """No such proposal for this loan."""


class NotRepaid(Conflict):
    """Only a loan that is being repaid is rescheduled."""


class ProposalOpen(Conflict):
    """Another proposal for the loan waits for a decision."""


class ProposalDecided(Conflict):
    """The proposal was decided on before."""


class ScheduleChanged(Conflict):
    """The schedule is not the one the proposal was made for."""


class BeforeTheLoan(RuleViolated):
    """A loan is not rescheduled from a day before it began."""


class ProposedTerms(TypedDict):
    """From when on over how many instalments what is due then is spread. `wishes` are values for an `Interest` by its
    names; what they leave open stays as it is, but there is no grace."""

    from_on: date
    term_count: int
    term_unit: NotRequired[TermUnit]
    first_due_on: NotRequired[date]
    wishes: Mapping[str, Any]
    reason: NotRequired[str | None]


def propose_reschedule(
    uow: UnitOfWork, *, loan_id: UUID, by: Actor, at: datetime, **terms: Unpack[ProposedTerms]
) -> tuple[Reschedule, Sequence[Line]]:
    """Propose to spread the principal due from a day on over so many instalments; returns what would come of it, too.

    Raises LoanNotFound, NotRepaid, ProposalOpen, BeforeTheLoan, NothingToReschedule, InvalidTerms, MorePaidThanDue.
    """
    loan = seen_loan(uow, loan_id, by)
    _check_repaid(loan)
    if schedules.has_proposal(uow.session, loan.id):
        raise ProposalOpen("Another proposal to reschedule this loan waits for a decision")
    proposal, lines = _proposal(uow, loan, by=by, at=at, **terms)
    uow.session.add(proposal)
    _publish(uow, RescheduleProposed, proposal, loan)
    _audit(uow, "LOAN_RESCHEDULE_PROPOSED", proposal)
    return proposal, lines


def preview_reschedule(
    uow: UnitOfWork, *, loan_id: UUID, by: Actor, at: datetime, **terms: Unpack[ProposedTerms]
) -> Sequence[Line]:
    """The lines that would come of a proposal, which is not kept. Raises LoanNotFound, NotRepaid, BeforeTheLoan,
    NothingToReschedule, InvalidTerms, MorePaidThanDue."""
    loan = seen_loan(uow, loan_id, by)
    _check_repaid(loan)
    return _proposal(uow, loan, by=by, at=at, **terms)[1]


def approve_reschedule(
    uow: UnitOfWork, *, loan_id: UUID, reschedule_id: UUID, by: Actor, at: datetime, notes: str | None = None
) -> Reschedule:
    """Put the proposed lines in place of those they were proposed for; payments puts every repayment on them.

    The terms are those of the loan from now on. Raises LoanNotFound, RescheduleNotFound, ProposalDecided,
    ScheduleChanged, NotRepaid, MorePaidThanDue, OwnOfficer, FourEyesNeeded.
    """
    loan, proposal = _waiting(uow, loan_id, reschedule_id, by)
    separation.check_decision(uow, loan, proposal, at=at)
    _check_repaid(loan)
    if proposal.schedule_version != loan.schedule_version:
        raise ScheduleChanged("The schedule was changed since this was proposed; please propose it again")
    metadata = {"rescheduleId": proposal.id, "fromDate": proposal.from_on.isoformat()}
    if proposal.reason or notes:
        metadata["reason"] = "\n\n".join(filter(None, (proposal.reason, notes)))
    with recorded_change(uow, loan, LoanRescheduled, "LOAN_RESCHEDULED", at=at, metadata=metadata) as announcement:
        stay, lines = _proposed_lines(uow, loan, proposal)
        announcement.schedule = schedule.put_lines(uow, loan, stay, lines, at=at, because=ScheduleEnd.RESCHEDULED)
        _decide(proposal, ProposalStatus.APPROVED, by, at, notes)
        loan.interest, loan.first_due_on = proposal.interest, proposal.first_due_on
        loan.term_count, loan.term_unit = len(announcement.schedule), proposal.term_unit
    return proposal


def reject_reschedule(
    uow: UnitOfWork, *, loan_id: UUID, reschedule_id: UUID, by: Actor, at: datetime, notes: str
) -> Reschedule:
    """Turn a proposal down, with the reason. Raises LoanNotFound, RescheduleNotFound, ProposalDecided."""
    loan, proposal = _waiting(uow, loan_id, reschedule_id, by)
    separation.check_decision(uow, loan, proposal, at=at)
    before = RescheduleScalars.of(proposal)
    _decide(proposal, ProposalStatus.REJECTED, by, at, notes)
    _publish(uow, RescheduleRejected, proposal, loan)
    _audit(uow, "LOAN_RESCHEDULE_REJECTED", proposal, before)
    return proposal


def lines_if_approved(
    proposal: Reschedule, present: Sequence[InstalmentRow], *, present_version: int
) -> Sequence[Line] | None:
    """What would come of a proposal that waits for a decision, put on the schedule of the loan, which is of the present
    version; None once it is decided, or when it was made for another schedule."""
    if proposal.status is not ProposalStatus.PROPOSED or proposal.schedule_version != present_version:
        return None
    return schedule.lines_by(proposal, [line for line in present if not line.is_charge_line])[1]


def _proposal(
    uow: UnitOfWork, loan: Loan, *, by: Actor, at: datetime, **terms: Unpack[ProposedTerms]
) -> tuple[Reschedule, Sequence[Line]]:
    """A proposal for the present schedule, and the lines that would come of it."""
    proposal = Reschedule(
        id=new_id(),
        loan_id=loan.id,
        schedule_version=loan.schedule_version,
        from_on=terms["from_on"],
        term_count=terms["term_count"],
        term_unit=terms.get("term_unit") or loan.term_unit,
        interest=changed(loan.interest, {"principal_grace": 0, "interest_grace": 0, **terms["wishes"]}),
        first_due_on=terms.get("first_due_on"),
        reason=terms.get("reason"),
        status=ProposalStatus.PROPOSED,
        proposed_by=by.id,
        proposer_id=separation.person_of(uow),
        proposed_at=at,
    )
    _, lines = _proposed_lines(uow, loan, proposal)
    return proposal, lines


def _check_repaid(loan: Loan) -> None:
    if loan.status not in _REPAID:
        raise NotRepaid("Only active or defaulted loans can be rescheduled")


def _proposed_lines(uow: UnitOfWork, loan: Loan, proposal: Reschedule) -> tuple[Sequence[Instalment], Sequence[Line]]:
    """The lines of the schedule that stay, and those that follow them by this proposal."""
    if loan.base_on is not None and proposal.from_on < loan.base_on:
        raise BeforeTheLoan(f"This loan counts from {loan.base_on}", field="from_on")
    stay, lines = schedule.lines_by(proposal, schedules.schedule_of(uow.session, loan.id))
    interest = sum((line.interest for line in stay), interest_total(lines))
    schedule.refuse_less_than_paid(loan, loan.principal + interest)
    return stay, lines


def _waiting(uow: UnitOfWork, loan_id: UUID, reschedule_id: UUID, by: Actor) -> tuple[Loan, Reschedule]:
    loan = seen_loan(uow, loan_id, by)
    proposal = schedules.proposal_for_update(uow.session, loan.id, reschedule_id)
    if proposal is None:
        raise RescheduleNotFound("Reschedule not found")
    if proposal.status is not ProposalStatus.PROPOSED:
        raise ProposalDecided(f"This proposal is {proposal.status} already")
    return loan, proposal


def _decide(proposal: Reschedule, status: ProposalStatus, by: Actor, at: datetime, notes: str | None) -> None:
    proposal.status, proposal.decided_by, proposal.decided_at, proposal.decision_notes = status, by.id, at, notes


def _publish(uow: UnitOfWork, event: type[RescheduleEvent], proposal: Reschedule, loan: Loan) -> None:
    """Publish what became of a proposal, as the next event of its loan."""
    loan.version += 1
    uow.publish(event.of(proposal, loan))


def _audit(uow: UnitOfWork, action: str, proposal: Reschedule, before: dict[str, Any] | None = None) -> None:
    after = RescheduleScalars.of(proposal)
    metadata = {"rescheduleId": proposal.id}
    uow.audit(
        action=action, entity_name="Loan", entity_id=proposal.loan_id, before=before, after=after, metadata=metadata
    )
