"""Schedules: shown, tried out, made anew, and changed by proposal."""

from uuid import UUID

from flask import Blueprint, Response

from services.lending.api.bodies import NotesBody, RejectionBody, RequestBody, RescheduleBody
from services.lending.domain.application import Request
from services.lending.queries.loan_detail import allocations_by_instalment, instalments_of, repayments_of, seen_schedule
from services.lending.queries.loan_types import loan_type_by_id
from services.lending.queries.reschedules import seen_history, seen_reschedules, waiting_page
from services.lending.shapes import schedules as shapes
from services.lending.shapes.reschedules import WaitingReschedule
from services.lending.steps.transition import LoanNotFound
from services.lending.usecases.reschedules import (
    approve_reschedule,
    lines_if_approved,
    preview_reschedule,
    propose_reschedule,
    reject_reschedule,
)
from services.lending.usecases.schedules import generate_missing_schedules, preview_schedule, regenerate_schedule
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load
from shared.web.transactions import idempotent, reading, transactional

schedules = Blueprint("schedules", __name__, url_prefix="/loans")


@schedules.get("/<uuid:loan_id>/schedule")
@requires()
@documented("Show the schedule of a loan", name="get_loan_schedule", answer=shapes.PaidScheduleItem, many=True)
def get_schedule(loan_id: UUID) -> Response:
    """The instalments by `sequence`, each with what was paid on it, in the order of payment. Empty before the
    approval."""
    with reading() as connection:
        instalments = seen_schedule(connection, current_actor(), loan_id)
        if instalments is None:
            raise LoanNotFound("Loan not found")
        repayments = repayments_of(connection, loan_id) if instalments else ()
    day, allocations = today(), allocations_by_instalment(repayments)
    answer = [shapes.PaidScheduleItem.of(line, today=day, allocations=allocations) for line in instalments]
    return success(answer, "Loan schedule retrieved successfully")


@schedules.post("/schedule-preview")
@requires()
@documented(
    "Try out a loan: its schedule and its cost, without keeping it",
    name="preview_schedule",
    body=RequestBody,
    answer=shapes.SchedulePreview,
)
def post_preview() -> Response:
    """What a loan on these terms would cost and when its instalments would fall due, each line with how it was
    computed. Nothing is kept."""
    request, loan_type = Request(**load(RequestBody)), None
    if request.loan_type_id:
        with reading() as connection:
            loan_type = loan_type_by_id(connection, request.loan_type_id)
    planned = preview_schedule(request, loan_type, today=today())
    return success(shapes.SchedulePreview.of(planned), "Schedule previewed successfully")


@schedules.get("/<uuid:loan_id>/schedule-history")
@requires()
@documented(
    "Show the schedules a loan had before", name="list_former_schedules", answer=shapes.EndedSchedule, many=True
)
def get_history(loan_id: UUID) -> Response:
    """The schedules a loan had before a change or a rescheduling, the newest first."""
    with reading() as connection:
        ended = seen_history(connection, current_actor(), loan_id)
    if ended is None:
        raise LoanNotFound("Loan not found")
    answer = [shapes.EndedSchedule.of(row) for row in ended]
    return success(answer, "Schedule history retrieved successfully")


@schedules.post("/generate-missing-schedules")
@requires(Role.ADMIN)
@documented("Make the schedules that are missing", name="generate_missing_schedules", answer=shapes.Generated)
@idempotent
def post_generate_missing(uow: UnitOfWork) -> Response:
    """Make the schedule of every running loan that has none, as may be after an import from the former system."""
    generated = generate_missing_schedules(uow, at=now())
    return success(shapes.Generated.of(generated), "Missing schedules generated")


@schedules.post("/regenerate-schedule/<uuid:loan_id>")
@requires(Role.ADMIN)
@documented("Make the schedule of a loan again", name="regenerate_schedule", answer=shapes.Regenerated)
@idempotent
def post_regenerate(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Make the schedule again from what was agreed. What is paid stays paid."""
    loan, former, lines = regenerate_schedule(uow, loan_id=loan_id, by=current_actor(), at=now())
    answer = shapes.Regenerated.of(loan, former=former, lines=lines, today=today())
    return success(answer, "Schedule regenerated successfully")


@schedules.get("/reschedules")
@requires()
@documented(
    "List the proposals to reschedule that wait for a decision",
    name="list_waiting_reschedules",
    answer=WaitingReschedule,
    many=True,
    paged=True,
)
def get_waiting() -> Response:
    """The proposals for loans whoever asks may see that nobody has decided on, each with its loan. Who waits longest
    comes first."""
    page = page_request()
    with reading() as connection:
        rows, total = waiting_page(connection, current_actor(), limit=page.limit, offset=page.offset)
    answer = [WaitingReschedule.of(row) for row in rows]
    return success(answer, "Reschedules retrieved successfully", page=page.of(total))


@schedules.get("/<uuid:loan_id>/reschedules")
@requires()
@documented("List the proposals to reschedule a loan", name="list_reschedules", answer=shapes.Reschedule, many=True)
def get_reschedules(loan_id: UUID) -> Response:
    """The proposals for a loan, the newest first; an open one with the lines that it would make."""
    with reading() as connection:
        proposals = seen_reschedules(connection, current_actor(), loan_id)
        if proposals is None:
            raise LoanNotFound("Loan not found")
        instalments = instalments_of(connection, loan_id) if proposals else ()
    answer = [
        shapes.Reschedule.of(proposal, lines=lines_if_approved(proposal, instalments, present_version=version))
        for proposal, version in proposals
    ]
    return success(answer, "Reschedules retrieved successfully")


@schedules.post("/<uuid:loan_id>/reschedules")
@requires()
@documented(
    "Propose to reschedule a loan", name="propose_reschedule", body=RescheduleBody, answer=shapes.Reschedule, status=201
)
@idempotent
def post_reschedule(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Propose to spread the principal that falls due from a day on over other instalments. One proposal at a time waits
    for a decision."""
    proposal, lines = propose_reschedule(uow, loan_id=loan_id, by=current_actor(), at=now(), **load(RescheduleBody))
    return success(shapes.Reschedule.of(proposal, lines=lines), "Reschedule proposed", status=201)


@schedules.post("/<uuid:loan_id>/reschedules/preview")
@requires()
@documented(
    "Try out a proposal to reschedule, without keeping it",
    name="preview_reschedule",
    body=RescheduleBody,
    answer=shapes.PlannedLine,
    many=True,
)
@transactional
def post_reschedule_preview(uow: UnitOfWork, loan_id: UUID) -> Response:
    """The lines that would follow those of the schedule that stay, each with how it was computed. Nothing is kept, and
    it may be tried out while a proposal waits."""
    lines = preview_reschedule(uow, loan_id=loan_id, by=current_actor(), at=now(), **load(RescheduleBody))
    return success([shapes.PlannedLine.of(line) for line in lines], "Reschedule previewed successfully")


@schedules.patch("/<uuid:loan_id>/reschedules/<uuid:reschedule_id>/approve")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Approve a proposal to reschedule",
    name="approve_reschedule",
    body=NotesBody,
    optional_body=True,
    answer=shapes.Reschedule,
)
@transactional
def patch_approve_reschedule(uow: UnitOfWork, loan_id: UUID, reschedule_id: UUID) -> Response:
    """Let the proposal become the schedule, if that is still the one it was made for."""
    body = load(NotesBody, optional=True)
    proposal = approve_reschedule(
        uow, loan_id=loan_id, reschedule_id=reschedule_id, by=current_actor(), at=now(), **body
    )
    return success(shapes.Reschedule.of(proposal, lines=None), "Loan rescheduled")


@schedules.patch("/<uuid:loan_id>/reschedules/<uuid:reschedule_id>/reject")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Reject a proposal to reschedule", name="reject_reschedule", body=RejectionBody, answer=shapes.Reschedule)
@transactional
def patch_reject_reschedule(uow: UnitOfWork, loan_id: UUID, reschedule_id: UUID) -> Response:
    """Turn the proposal down; the schedule stays. The reason is required."""
    body = load(RejectionBody)
    proposal = reject_reschedule(
        uow, loan_id=loan_id, reschedule_id=reschedule_id, by=current_actor(), at=now(), **body
    )
    return success(shapes.Reschedule.of(proposal, lines=None), "Reschedule rejected")
