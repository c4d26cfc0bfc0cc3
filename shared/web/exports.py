"""Exports: tables of personal data that leave the platform."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import wraps
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar
from uuid import UUID

from flask import Response, current_app, request
from werkzeug.wsgi import FileWrapper

from shared.csv_text import MEDIA_TYPE, csv_lines
from shared.db import UnitOfWork
from shared.files.columns import Row
from shared.files.errors import TooManyRows
from shared.files.formats import FileFormat
from shared.files.table import Table
from shared.files.writer import write_table
from shared.jobs.lists import ListExport
from shared.storage.backends import PIECE_BYTES
from shared.storage.downloads import disposition
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.schema import documented, load_query
from shared.web.transactions import View, streaming, transactional

R = TypeVar("R")

# An export as JSON is held as a whole, so there are no longer ones; a CSV may go on for as long as there are rows.
MAX_IN_JSON = 10_000
_HELD_BYTES = 1024 * 1024

EXPORT_MEDIA_TYPES = tuple(each.media_type for each in FileFormat)
"""What a route that answers by `download` may answer, for its `@documented`: the first is the rule."""


def exported_list(export: ListExport, summary: str, *, name: str) -> View:
    """The view of a route that sends a whole list as a file, while it is not too long to wait for.

    `summary` and `name` are those of Documentation, and the docstring of the table's function tells clients the rest.
    """

    @wraps(export.table)
    def view(uow: UnitOfWork) -> Response:
        filters = load_query(export.query)
        file_format = filters.pop("format")
        with streaming() as connection:
            table = export.table(connection, current_actor(), filters, today())
            rows, answer = download(table, file_format, export.name, job=job_path(export))
        audit_export(uow, action=export.action, entity_name=export.entity_name, count=rows)
        return answer

    view.__name__ = name
    return requires(*export.roles)(documented_file(summary, name=name, query=export.query)(transactional(view)))


def job_path(export: ListExport) -> str:
    """Where clients have this list made by a job."""
    return f"/reports/jobs/{export.name}"


def documented_file(summary: str, *, rule: FileFormat = FileFormat.CSV, **more: Any) -> Callable[[View], View]:
    """`documented` for a view that answers by a file alone: in the format that is the rule, or in another one."""
    others = tuple(media_type for media_type in EXPORT_MEDIA_TYPES if media_type != rule.media_type)
    return documented(summary, enveloped=False, media_type=rule.media_type, other_media_types=others, **more)


def download(table: Table, file_format: FileFormat, file_name: str, *, job: str | None = None) -> tuple[int, Response]:
    """How many rows the table has, and the answer that sends it, to be saved under this name without its ending.
    `job`: the path at which a job is asked for that makes this table when it is too long to wait for; a CSV of others
    is as long as it has to be. Who asks only for the head gets that, and no row is read for it.

    All of it is written aside first, so that a slow client does not keep a connection to the database, and so that a
    failure is an answer and no torn file. Raises TooManyRows.
    """
    if request.method == "HEAD":
        return 0, head_of_file(file_format.media_type, f"{file_name}.{file_format}")
    file = SpooledTemporaryFile(max_size=_HELD_BYTES)  # noqa: SIM115 - closed with the answer
    limit: int = current_app.extensions["mp"].settings.export_rows
    if job:
        limited = replace(table, rows=_at_most(table.rows, limit, f"have the file made by POST {job}"))
    elif file_format is FileFormat.CSV:
        limited = table
    else:
        limited = replace(table, rows=_at_most(table.rows, limit, "take them as CSV"))
    try:
        rows = write_table(limited, file_format, file, zone=company_zone())
    except BaseException:
        file.close()
        raise
    return rows, _file_answer(file, file_format.media_type, f"{file_name}.{file_format}")


def held_rows(read: Callable[[int], Sequence[R]]) -> Sequence[R]:
    """All rows of an export as JSON, from what reads so many rows at most. Raises TooManyRows where there are more than
    are held at once."""
    rows = read(MAX_IN_JSON + 1)
    if len(rows) > MAX_IN_JSON:
        raise TooManyRows(f"These are more than {MAX_IN_JSON:,} rows. Please narrow the filters, or take them as CSV.")
    return rows


def head_of_file(media_type: str, name: str) -> Response:
    """What is said of a file that is not made, because only its head was asked for: nobody knows its length."""
    answer = Response(mimetype=media_type)
    answer.automatically_set_content_length = False
    answer.headers.extend(_headers(name))
    return answer


def pdf_download(content: bytes, file_name: str) -> Response:
    """The answer that sends a PDF, to be saved under this name without its ending."""
    answer = Response(content, mimetype=FileFormat.PDF.media_type)
    answer.headers.extend(_headers(f"{file_name}.{FileFormat.PDF}"))
    return answer


def _at_most(rows: Iterable[Row], limit: int, way_out: str) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number == limit:
            raise TooManyRows(
                f"These are more than {limit:,} rows, which is too much to wait for. Please narrow the filters, or "
                f"{way_out}."
            )
        yield row


def _file_answer(file: IO[bytes], media_type: str, name: str) -> Response:
    size = file.tell()
    file.seek(0)
    answer = Response(FileWrapper(file, PIECE_BYTES), mimetype=media_type)
    answer.content_length = size
    answer.headers.extend(_headers(name))
    return answer


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": disposition("attachment", name),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def audit_export(uow: UnitOfWork, *, action: str, entity_name: str, count: int, entity_id: UUID | None = None) -> None:
    """Leave an entry of who took so many rows out of here, by which filters, and as what; `entity_id` names what they
    are of, if it is one thing. Nobody takes any by asking for a head."""
    if request.method == "HEAD":
        return
    filters = request.args.to_dict()
    file_format = filters.pop("format", None)
    metadata = {"format": file_format, "filters": filters, "count": count}
    uow.audit(action=action, entity_name=entity_name, entity_id=entity_id or current_actor().id, metadata=metadata)


def csv_answer(file_name: str, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> tuple[int, Response]:
    """How many rows a table has, and the table, to be saved under this name. All of it is written aside first, so that
    a slow client does not keep a connection to the database."""
    if request.method == "HEAD":
        return 0, _named_as_ever(head_of_file(MEDIA_TYPE, file_name), file_name)
    table = SpooledTemporaryFile(max_size=_HELD_BYTES)  # noqa: SIM115 - closed with the answer
    counted = count()
    for line in csv_lines(columns, (row for row, _ in zip(rows, counted, strict=False))):
        table.write(line.encode())
    return next(counted), _named_as_ever(_file_answer(table, MEDIA_TYPE, file_name), file_name)


def _named_as_ever(answer: Response, file_name: str) -> Response:
    # The web client reads the name as it always stood there.
    answer.headers["Content-Disposition"] = f"attachment; filename={file_name}"
    return answer
