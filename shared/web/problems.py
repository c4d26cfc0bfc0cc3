"""One table: kind of error to HTTP status. Every failure leaves in the envelope of the wire contract."""

from typing import Any

import orjson
from flask import Flask, Response, g, request
from marshmallow import ValidationError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from shared import error_reports
from shared.db import database_is_away, lost_a_race
from shared.errors import (
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
    RuleViolated,
    TooManyRequests,
    Unauthenticated,
)
from shared.storage.errors import FileRefused, FileTooLarge, StorageUnavailable
from shared.telemetry import log
from shared.tokens import KeysUnavailable


class IdempotencyKeyReused(DomainError):
    """The same key came with another request."""


STATUS: dict[type[DomainError], int] = {
    Unauthenticated: 401,
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    RuleViolated: 400,
    FileTooLarge: 413,
    FileRefused: 415,
    IdempotencyKeyReused: 422,
    TooManyRequests: 429,
}
_QUERY_CANCELED, _LOCK_NOT_AVAILABLE = "57014", "55P03"


def register_problems(app: Flask) -> None:
    """Answer errors in the envelope. Whatever is not foreseen stays a logged 500 that tells nothing."""
    for kind, status in STATUS.items():
        app.register_error_handler(kind, lambda error, status=status: _domain_problem(error, status))
    app.register_error_handler(ValidationError, _validation_problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(DataError, _data_problem)
    app.register_error_handler(DBAPIError, _database_problem)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(KeysUnavailable, _unavailable)
    app.register_error_handler(StorageUnavailable, _unavailable)
    app.register_error_handler(Exception, _fault)


def problem(status: int, message: str, code: str, **members: Any) -> Response:
    """The envelope of a failure (RFC 9457 members could stand beside these; the web client reads these)."""
    body = {"success": False, "message": message, "code": code, **members, "requestId": g.get("request_id")}
    return Response(orjson.dumps(body), status, mimetype="application/json")


def field_errors(messages: Any, path: str = "") -> list[dict[str, str]]:
    """marshmallow's tree of messages as the flat list the web client reads, with bare field names."""
    if isinstance(messages, dict):
        # A place in a list is no name: its errors are those of the list.
        nested = (
            field_errors(part, name if isinstance(name, str) and name != "_schema" else path)
            for name, part in messages.items()
        )
        return [error for errors in nested for error in errors]
    texts = messages if isinstance(messages, list) else [messages]
    return [{"field": path, "message": str(text)} for text in texts]


def answer_to(error: DomainError) -> Response:
    """What raising this error would be answered with, for a refusal whose traces are to be committed."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return _domain_problem(error, status)


def _domain_problem(error: DomainError, status: int) -> Response:
    members = error.details
    if error.field:
        members["errors"] = [{"field": error.field, "message": error.message}]
    answer = problem(status, error.message, error.code, **members)
    if isinstance(error, TooManyRequests):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _validation_problem(error: ValidationError) -> Response:
    return problem(400, "Validation failed", "validation-failed", errors=field_errors(error.messages))


def _http_problem(error: HTTPException) -> Response:
    code = (error.name or "error").lower().replace(" ", "-")
    message = error.description or error.name
    if request.routing_exception is error:
        message = f"There is no {request.method} {request.path}."
    answer = problem(error.code or 500, message, code)
    answer.headers.extend(
        (name, value) for name, value in error.get_headers() if name.lower() in {"allow", "retry-after"}
    )
    return answer


def _data_problem(error: DataError) -> Response:
    """A value the schemas let through and a column cannot hold: still the client's, and nothing was written."""
    log.warning("value_refused_by_database", error=repr(error.orig))
    return problem(400, "A value is out of range.", "value-out-of-range")


def _database_problem(error: DBAPIError) -> Response:
    state = getattr(error.orig, "sqlstate", None)
    if state in {_QUERY_CANCELED, _LOCK_NOT_AVAILABLE} or database_is_away(error) or lost_a_race(error):
        return _unavailable(error)
    return _fault(error)


def _unavailable(error: Exception) -> Response:
    log.warning("request_unavailable", error=repr(error))
    answer = problem(503, "This is not available at the moment. Please try again.", "unavailable")
    answer.headers["Retry-After"] = "2"
    return answer


def _fault(error: Exception) -> Response:
    log.error("request_failed", exc_info=error)
    error_reports.report(error, request_id=g.get("request_id"))
    return problem(500, "Something went wrong on our side. Please try again later.", "internal-error")
