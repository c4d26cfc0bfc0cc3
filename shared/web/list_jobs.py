"""The routes by which lists are made aside: one resource for each list, below the jobs of reports."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from marshmallow import ValidationError, fields

from shared.clock import now
from shared.db import UnitOfWork
from shared.fields import BodySchema, Text
from shared.files.formats import FileFormat
from shared.ids import new_id
from shared.jobs.downloads import job_file_answer
from shared.jobs.job import FileJob, JobState
from shared.jobs.lists import ListExport, ListExports
from shared.jobs.requests import cancel_job, fetch_file, find_job, request_job
from shared.jobs.shapes import ListJob
from shared.jobs.table import LIST_JOBS
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.exports import EXPORT_MEDIA_TYPES
from shared.web.schema import checked, documented, load
from shared.web.transactions import View, idempotent, in_transaction, reading, transactional

JOBS_PATH = "/reports/jobs"


class JobFilters(fields.Dict):
    """The filters of a report or list as they would stand in its query. What is wrong with one is said by its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Text(max=100), Text(max=200), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, *args, **kwargs)  # type: ignore[no-untyped-call]  # not typed by marshmallow
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            faults = {name: [each for one in parts.values() for each in one] for name, parts in error.messages.items()}
            raise ValidationError(faults) from error


class ListJobBody(BodySchema):
    """As what a list is to be made, and of which of its rows: `filters` are those of the list, by the same names."""

    format = fields.Enum(FileFormat, by_value=True, load_default=FileFormat.XLSX)
    filters = JobFilters(load_default=dict)


def list_job_routes(exports: ListExports) -> Blueprint:
    """The jobs of each list of a service: asked for, listed, looked at, fetched, deleted."""
    blueprint = Blueprint("list_jobs", __name__, url_prefix=JOBS_PATH)
    for export in exports.lists:
        _add(blueprint, exports, export)
    return blueprint


def _add(blueprint: Blueprint, exports: ListExports, export: ListExport) -> None:
    word, what = export.name.replace("-", "_"), export.title.lower()
    allowed, parameter = requires(*export.roles), f"{word}_job_id"

    def add(path: str, method: str, name: str, view: View, **words: Any) -> None:
        documentation = documented(name=name, **words)
        blueprint.add_url_rule(f"/{export.name}{path}", name, allowed(documentation(view)), methods=[method])

    @idempotent
    def create(uow: UnitOfWork) -> Response:
        """Have the list made as a file aside, for who asks and within what they may see. `filters` are those of the
        list, by the same names. The job tells how far it is; its file can be fetched for some days."""
        body = load(ListJobBody)
        checked(export.query, dict(body["filters"]))
        job = FileJob(
            id=new_id(), state=JobState.PENDING, person_id=current_actor().id, name=export.name, title=export.title,
            created_at=now(), **body,
        )  # fmt: skip
        return success(
            ListJob.of(request_job(uow, LIST_JOBS, current_actor(), job)), "The list is being made", status=201
        )

    def listed() -> Response:
        """What you had made of this list, the newest first, until it expires."""
        page = page_request(unpaged=False)
        with reading() as connection:
            found, total = LIST_JOBS.of_person(
                connection, current_actor().id, name=export.name, limit=page.limit, offset=page.offset
            )
        return success([ListJob.of(job) for job in found], "List jobs retrieved successfully", page=page.of(total))

    def one(**ids: UUID) -> Response:
        """How far it is, in per cent, and why it failed if it did."""
        with reading() as connection:
            job = find_job(connection, LIST_JOBS, current_actor(), ids[parameter])
        return success(ListJob.of(job), "List job retrieved successfully")

    def file(**ids: UUID) -> Response:
        """The file, for as long as you may see all that is in it."""
        fetch = partial(fetch_file, rows=LIST_JOBS, actor=current_actor(), job_id=ids[parameter])
        return job_file_answer(in_transaction(lambda uow: fetch(uow, may_see=exports.may_see, action=export.action)))

    @transactional
    def delete(uow: UnitOfWork, **ids: UUID) -> Response:
        """One that is under way ends; a file that was made can be fetched no more."""
        cancel_job(uow, LIST_JOBS, current_actor(), ids[parameter])
        return success(None, "List job deleted successfully")

    job = f"/<uuid:{parameter}>"
    add("", "POST", f"create_{word}_job", create, summary=f"Have {what} made as a file", body=ListJobBody,
        answer=ListJob, status=201)  # fmt: skip
    add("", "GET", f"list_{word}_jobs", listed, summary=f"List your files of {what}", answer=ListJob, many=True,
        paged=True)  # fmt: skip
    add(job, "GET", f"get_{word}_job", one, summary=f"Show how far a file of {what} is", answer=ListJob)
    add(f"{job}/file", "GET", f"get_{word}_file", file, summary=f"Fetch a file of {what}", enveloped=False,
        media_type=EXPORT_MEDIA_TYPES[0], other_media_types=EXPORT_MEDIA_TYPES[1:])  # fmt: skip
    add(job, "DELETE", f"delete_{word}_job", delete, summary=f"Delete a file of {what}")
