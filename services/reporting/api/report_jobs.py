"""Files that take long: a job makes them, and they are fetched when they are done."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from services.reporting.api.bodies import AuditFilters, JobBody, ReportFilters
from services.reporting.domain.jobs import AUDIT_LOGS, JobKind
from services.reporting.queries.jobs import JOBS
from services.reporting.shapes.jobs import ReportJob
from services.reporting.usecases.catalogue import asked_of, check_taken, find_report
from services.reporting.usecases.jobs import may_see, request_file
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import Forbidden
from shared.jobs.downloads import job_file_answer
from shared.jobs.requests import cancel_job, fetch_file, find_job
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import page_request, success
from shared.web.exports import EXPORT_MEDIA_TYPES
from shared.web.schema import checked, documented, load
from shared.web.transactions import idempotent, in_transaction, reading, transactional

report_jobs = Blueprint("report_jobs", __name__, url_prefix="/supervisor-reports/jobs")


class TrailNotForOfficers(Forbidden):
    """The audit trail is for admins and supervisors."""


@report_jobs.post("")
@requires()
@documented("Have a report made", name="create_report_job", body=JobBody, answer=ReportJob, status=201)
@idempotent
def post_job(uow: UnitOfWork) -> Response:
    """Have a report of the catalogue, or the audit trail (`audit-logs`), made as a file aside. `filters` are those of
    the report or list, by the same names. The job tells how far it is; its file can be fetched for some days, by who
    asked for it."""
    body, actor = load(JobBody), current_actor()
    title = _check(uow, body["name"], body["filters"])
    kind = JobKind.EXPORT if body["name"] == AUDIT_LOGS else JobKind.REPORT
    job = request_file(uow, actor, kind=kind, title=title, at=now(), **body)
    return success(ReportJob.of(job), "The report is being made", status=201)


@report_jobs.get("")
@requires()
@documented("List your report jobs", name="list_report_jobs", answer=ReportJob, many=True, paged=True)
def get_jobs() -> Response:
    """What you had made, the newest first, until it expires."""
    page = page_request(unpaged=False)
    with reading() as connection:
        found, total = JOBS.of_person(connection, current_actor().id, limit=page.limit, offset=page.offset)
    return success([ReportJob.of(job) for job in found], "Report jobs retrieved successfully", page=page.of(total))


@report_jobs.get("/<uuid:job_id>")
@requires()
@documented("Show a report job", name="get_report_job", answer=ReportJob)
def get_job(job_id: UUID) -> Response:
    """How far it is, in per cent, and why it failed if it did."""
    with reading() as connection:
        job = find_job(connection, JOBS, current_actor(), job_id)
    return success(ReportJob.of(job), "Report job retrieved successfully")


@report_jobs.get("/<uuid:job_id>/file")
@requires()
@documented(
    "Fetch the file of a report job",
    name="get_report_file",
    enveloped=False,
    media_type=EXPORT_MEDIA_TYPES[0],
    other_media_types=EXPORT_MEDIA_TYPES[1:],
)
def get_file(job_id: UUID) -> Response:
    """The file, for as long as you may see all that is in it."""
    actor = current_actor()
    return job_file_answer(
        in_transaction(lambda uow: fetch_file(uow, JOBS, actor, job_id, may_see=may_see, action="REPORT_EXPORTED"))
    )


@report_jobs.delete("/<uuid:job_id>")
@requires()
@documented("Delete a report job", name="delete_report_job")
@transactional
def delete_job(uow: UnitOfWork, job_id: UUID) -> Response:
    """One that is under way ends; a file that was made can be fetched no more."""
    cancel_job(uow, JOBS, current_actor(), job_id)
    return success(None, "Report job deleted successfully")


def _check(uow: UnitOfWork, name: str, filters: dict[str, Any]) -> str:
    """What the file will be called, when there is such a report and it can be asked so."""
    actor = current_actor()
    if name == AUDIT_LOGS:
        if actor.role is Role.CREDIT_OFFICER:
            raise TrailNotForOfficers("You do not have permission to do this.")
        checked(AuditFilters, dict(filters))
        return "Audit trail"
    definition = find_report(name).definition
    check_taken(definition, filters)
    asked_of(uow.connection, actor, definition, checked(ReportFilters, dict(filters)), today=today())
    return definition.title
