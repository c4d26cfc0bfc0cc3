"""Exports: tables of personal data that leave the platform."""

from collections.abc import Iterable, Sequence
from itertools import count
from tempfile import SpooledTemporaryFile

from flask import Response, request
from werkzeug.wsgi import FileWrapper

from shared.csv_text import MEDIA_TYPE, csv_lines
from shared.db import UnitOfWork
from shared.storage.backends import PIECE_BYTES
from shared.web.auth import current_actor

# An export as JSON is held as a whole, so it ends here; a CSV may go on for as long as there are rows.
MAX_IN_JSON = 10_000
_HELD_BYTES = 1024 * 1024


def audit_export(uow: UnitOfWork, *, action: str, entity_name: str, count: int) -> None:
    """Leave an entry of who took so many rows out of here, by which filters, and as what."""
    filters = request.args.to_dict()
    file_format = filters.pop("format", None)
    metadata = {"format": file_format, "filters": filters, "count": count}
    uow.audit(action=action, entity_name=entity_name, entity_id=current_actor().id, metadata=metadata)


def csv_answer(file_name: str, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> tuple[int, Response]:
    """How many rows a table has, and the table, to be saved under this name. All of it is written aside first, so that
    a slow client does not keep a connection to the database."""
    table = SpooledTemporaryFile(max_size=_HELD_BYTES)  # noqa: SIM115 - closed with the answer
    counted = count()
    for line in csv_lines(columns, (row for row, _ in zip(rows, counted, strict=False))):
        table.write(line.encode())
    size = table.tell()
    table.seek(0)
    answer = Response(FileWrapper(table, PIECE_BYTES), mimetype=MEDIA_TYPE)
    answer.content_length = size
    answer.headers["Content-Disposition"] = f"attachment; filename={file_name}"
    return next(counted), answer
