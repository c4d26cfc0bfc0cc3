"""One table: kind of error to HTTP status. Every failure leaves in the envelope of the wire contract."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from flask import Flask, Response, current_app, g, request
from marshmallow import ValidationError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from shared import error_reports
from shared.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Misdirected,
    NotFound,
    RuleViolated,
    TooManyRequests,
    Unauthenticated,
)
from shared.files.errors import TooManyRows
from shared.postgres.errors import database_is_away, lost_a_race
from shared.storage.errors import FileRefused, FileTooLarge, StorageUnavailable
from shared.telemetry import log
from shared.tokens import KeysUnavailable, NotHeardOf
from shared.wording import no_route, not_allowed, said


class IdempotencyKeyReused(DomainError):
    """A key came again with another request."""


Statuses = Mapping[type[DomainError], int]
STATUS: Statuses = {
    Unauthenticated: 401,
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    RuleViolated: 400,
    FileTooLarge: 413,
    FileRefused: 415,
    IdempotencyKeyReused: 422,
    TooManyRows: 422,
    Misdirected: 421,
    TooManyRequests: 429,
}


class Plain(NamedTuple):
    """A code that no error class stands for."""

    status: int
    meaning: str


PLAIN = {
    "bad-request": Plain(
        400, "The request cannot be read: its body is no JSON object, or it breaks the rules of HTTP."
    ),
    "validation-failed": Plain(400, "Fields are missing or wrong; `errors` names each, by its name on the wire."),
    "value-out-of-range": Plain(400, "A value is beyond what can be kept; nothing was written."),
    "refresh-token-reused": Plain(
        401, "The refresh token was spent before, so somebody else may hold it: the session was ended. Sign in again."
    ),
    "not-found": Plain(404, "There is nothing at this address; nor is anything else told apart from it."),
    "method-not-allowed": Plain(405, "The address is known, though not by this method; `Allow` names those it takes."),
    "request-entity-too-large": Plain(413, "The body, or a file in it, is longer than is taken here."),
    "unsupported-media-type": Plain(415, "The body does not come in a content type that this route takes."),
    "internal-error": Plain(500, "A fault of ours, which was recorded; `requestId` finds it. Nothing was written."),
    "unavailable": Plain(503, "Not possible just now; the same request may succeed after `Retry-After` seconds."),
}
# Answered where something else is away, or closed for a while.
_SECONDS_AWAY = 30
_FIELD_NAMES = "FIELD_NAMES"
_QUERY_CANCELED, _LOCK_NOT_AVAILABLE = "57014", "55P03"


def register_problems(
    app: Flask, statuses: Statuses = STATUS, field_names: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Answer errors in the envelope. An unforeseen error stays a logged 500 without details.

    `field_names` are what clients call the fields that errors name; one that is not among them is called as it is.
    """
    app.config[_FIELD_NAMES] = field_names
    for kind, status in statuses.items():
        app.register_error_handler(kind, lambda error, status=status: _domain_problem(error, status))
    app.register_error_handler(ValidationError, _validation_problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(DataError, _data_problem)
    app.register_error_handler(DBAPIError, _database_problem)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(KeysUnavailable, _unavailable)
    app.register_error_handler(NotHeardOf, _unavailable)
    app.register_error_handler(StorageUnavailable, _unavailable)
    app.register_error_handler(Exception, _fault)


def problem(status: int, message: str, code: str, **members: Any) -> Response:
    """The envelope of a failure (RFC 9457 members could stand beside these; the web client reads these)."""
    body = {"success": False, "message": said(message), "code": code, **members, "requestId": g.get("request_id")}
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
    return [{"field": path, "message": said(str(text))} for text in texts]


def status_of(kind: type[DomainError], statuses: Statuses = STATUS) -> int:
    """The status an error class is answered with."""
    return next(statuses[base] for base in kind.__mro__ if base in statuses)


def code_of_http(name: str) -> str:
    """The code of a failure that HTTP has a name for: that of `Not Found` is `not-found`."""
    return name.lower().replace(" ", "-")


def answer_to(error: DomainError) -> Response:
    """The answer that raising this error would get, for a refusal that is to be committed nevertheless."""
    return _domain_problem(error, status_of(type(error)))


def _domain_problem(error: DomainError, status: int) -> Response:
    members = error.details
    if error.field:
        name = current_app.config[_FIELD_NAMES].get(error.field, error.field)
        members["errors"] = [{"field": name, "message": said(error.message)}]
    answer = problem(status, error.message, error.code, **members)
    if isinstance(error, TooManyRequests):
        answer.headers["Retry-After"] = str(error.retry_after)
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(_SECONDS_AWAY)
    return answer


def _validation_problem(error: ValidationError) -> Response:
    return problem(400, "Validation failed", "validation-failed", errors=field_errors(error.messages))


def _http_problem(error: HTTPException) -> Response:
    code = code_of_http(error.name or "error")
    message = error.description or error.name
    if request.routing_exception is error:
        words = not_allowed if error.code == 405 else no_route
        message = words(request.method, request.path)
    answer = problem(error.code or 500, message, code)
    answer.headers.extend(
        (name, value) for name, value in error.get_headers() if name.lower() in {"allow", "retry-after"}
    )
    if request.routing_exception is error:
        # The gateway, which knows the address that was called, says it then.
        answer.headers["X-Unknown-Route"] = "true"
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
