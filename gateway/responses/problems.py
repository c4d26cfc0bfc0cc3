"""How the gateway refuses a request: one class per reason, one envelope for all of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from gateway.responses.response import Response
from shared.wording import said


class Refusal(Exception):
    """The gateway answers this request itself. The message is written for the person who asked.

    The wire's `code` is the class name in kebab case, unless the class says another, so a name here is a promise to
    clients. No message may contain what the web client takes for a broken database (such as "Connection timeout" or
    "ECONNREFUSED").
    """

    status = 500
    code = "refusal"
    of = "requests"
    """What can be refused so, for the API document: requests, `sign-ins` that a route needs, `changes`, `bodies`, or
    `streams`."""
    # Members of the body beside the message and the code.
    members: Mapping[str, Any] = {}

    def __init_subclass__(cls) -> None:
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    def __init__(self, message: str, *, headers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.headers = tuple(headers)


class BadRequest(Refusal):
    """The request cannot be forwarded as it is."""

    status = 400


class Unauthenticated(Refusal):
    """Nobody we know, or nobody any more."""

    status = 401
    of = "sign-ins"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers=[("WWW-Authenticate", "Bearer")])


class MethodNotAllowed(Refusal):
    """No route answers this method."""

    status = 405


class Unavailable(Refusal):
    """Something behind the gateway cannot answer just now; the same request may succeed in a moment."""

    status = 503

    def __init__(self, message: str) -> None:
        super().__init__(message, headers=[("Retry-After", "2")])


def envelope(message: str, code: str, **members: Any) -> bytes:
    """The body of every failure."""
    return orjson.dumps({"success": False, "message": said(message), "code": code, **members})


def problem(status: int, message: str, code: str, headers: Sequence[tuple[str, str]] = (), **members: Any) -> Response:
    """A failure in the envelope of the wire contract."""
    body = envelope(message, code, **members)
    own = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return Response(status, [*own, *headers], body)
