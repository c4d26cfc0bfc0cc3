"""Staff as files: reading the rows of one that is imported, and writing one that is exported."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, g, request
from marshmallow import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from services.identity.api.bodies.staff import MAX_ROWS, ImportBody, ImportedUser
from services.identity.queries.accounts import UserRow
from services.identity.usecases.staff_import import ImportRow
from shared import exact_json
from shared.csv_text import BadCsv, read_csv
from shared.fields import refuse
from shared.files.columns import Column, Kind, Row
from shared.files.formats import FileFormat
from shared.files.table import Letterhead, Table
from shared.storage.errors import FileRefused, FileTooLarge
from shared.storage.settings import MEGABYTE
from shared.storage.uploads import is_form
from shared.web.exports import csv_answer, download
from shared.web.problems import field_errors
from shared.web.schema import MOST_VALUES, checked, load
from shared.wire import timestamp
from shared.words import in_words

MAX_FILE_MEGABYTES = 5
_FORM_BYTES = 64 * 1024
_COLUMNS = (
    "id", "email", "firstName", "lastName", "role", "phone", "address", "isActive", "supervisorEmail", "createdAt",
    "updatedAt", "lastLoginAt", "lastActivityAt",
)  # fmt: skip


def imported_rows() -> list[ImportRow]:
    """The rows of the request, from its JSON or from its file of CSV or JSON, each read by itself; the password of a
    row is still among its facts. Raises ValidationError, FileTooLarge, FileRefused."""
    raw_rows = _rows_of_file() if is_form() else load(ImportBody)["users"]
    return [_row(number, raw) for number, raw in enumerate(raw_rows, start=1)]


def _row(number: int, raw: Any) -> ImportRow:
    try:
        facts = checked(ImportedUser, raw)
    except ValidationError as error:
        faults = (f"{fault['field']}: {fault['message']}".removeprefix(": ") for fault in field_errors(error.messages))
        return ImportRow(number, _shown_email(raw), {}, " ".join(faults))
    return ImportRow(number, facts.pop("email"), facts)


def _shown_email(raw: Any) -> str | None:
    """What a faulty row calls itself, so that somebody finds it again."""
    email = raw.get("email") if isinstance(raw, dict) else None
    return email.strip().lower()[:254] if isinstance(email, str) else None


def _rows_of_file() -> Sequence[Any]:
    text, extension = _uploaded_text()
    try:
        rows = list(read_csv(text)) if extension == "csv" else _rows_of_json(text)
    except BadCsv as error:
        raise refuse("file", str(error)) from error
    if not 0 < len(rows) <= MAX_ROWS:
        raise refuse("file", f"The file must have 1 to {MAX_ROWS} rows.")
    return rows


def _rows_of_json(text: str) -> Sequence[Any]:
    try:
        content = exact_json.loads(text, most_values=MOST_VALUES)
    except exact_json.DuplicateKey as error:
        raise refuse("file", f"{error.key} is given more than once in one row.") from error
    except exact_json.RefusedJson as error:
        raise refuse("file", str(error)) from error
    except ValueError as error:
        raise refuse("file", "The file is not valid JSON.") from error
    rows = content.get("users") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise refuse("file", "The file must hold a list of users.")
    return rows


def _uploaded_text() -> tuple[str, str]:
    request.max_content_length = MAX_FILE_MEGABYTES * MEGABYTE + _FORM_BYTES
    try:
        upload = request.files.get("file")
    except RequestEntityTooLarge as error:
        message = f"The file is too large: at most {MAX_FILE_MEGABYTES} MB are accepted."
        raise FileTooLarge(message, field="file") from error
    if upload is None or not upload.filename:
        raise refuse("file", "Please choose a file.")
    extension = upload.filename.rpartition(".")[2].lower()
    content = upload.stream.read()
    # What tells whether a form with an Idempotency-Key is the same one again: its boundary differs each time.
    g.fingerprint = hashlib.sha256(content).hexdigest()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("The file is not text in UTF-8.", field="file") from error
    if extension not in ("csv", "json") or "\x00" in text:
        raise FileRefused("Please send a file of CSV or JSON.", field="file")
    return text, extension


def exported(rows: Iterable[UserRow], file_format: str, letterhead: Letterhead) -> tuple[int, Response]:
    """How many accounts there are, and they as a file: a CSV, which imported again changes nothing, or XLSX or PDF for
    people. Raises TooManyRows."""
    if file_format == FileFormat.CSV:
        return csv_answer("users.csv", _COLUMNS, map(_cells, rows))
    table = Table(title="Staff", columns=_TITLED, rows=map(_titled_cells, rows), letterhead=letterhead)
    return download(table, FileFormat(file_format), "users")


_TITLED = (
    Column("firstName", "First name"),
    Column("lastName", "Last name"),
    Column("email", "E-mail"),
    Column("role", "Role"),
    Column("phone", "Phone"),
    Column("isActive", "Active"),
    Column("supervisorEmail", "Supervisor"),
    Column("createdAt", "Created", Kind.MOMENT),
    Column("lastLoginAt", "Last sign-in", Kind.MOMENT),
)


def _titled_cells(row: UserRow) -> Row:
    return (
        row.first_name, row.last_name, row.email, in_words(row.role.value), row.phone,
        "yes" if row.is_active else "no", row.supervisor_email, row.created_at, row.last_login_at,
    )  # fmt: skip


def _cells(row: UserRow) -> Sequence[str | None]:
    return (
        str(row.id), row.email, row.first_name, row.last_name, row.role.value, row.phone, row.address,
        "true" if row.is_active else "false", row.supervisor_email, timestamp(row.created_at),
        timestamp(row.updated_at), timestamp(row.last_login_at), timestamp(row.last_activity_at),
    )  # fmt: skip
