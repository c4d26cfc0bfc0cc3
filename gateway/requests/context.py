"""What the gateway keeps of one request, for headers, metrics and the access log."""

import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from gateway.methods import ALLOWED
from gateway.requests.clients import Network, client_address
from gateway.requests.headers import trace_of
from shared import tracing
from shared.ids import new_id
from shared.telemetry import REQUESTS, log

# A label must come from a list: a client may send any word as a method.
_LABELS = frozenset({*ALLOWED, "OPTIONS"})


class RequestContext:
    """A request from its first byte to its response. Its id is made here; one that the client sends is not used."""

    __slots__ = (
        "address",
        "brings_secret",
        "client",
        "environ",
        "headers",
        "is_impersonated",
        "method",
        "request_id",
        "route",
        "span",
        "started",
        "trace_id",
        "traceparent",
        "user_id",
    )

    def __init__(self, environ: dict[str, Any], trusted: Sequence[Network] = ()) -> None:
        self.started = time.perf_counter()
        self.environ = environ
        # As the client wrote it; all decisions go by the canonical path.
        self.address: str = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        self.method: str = environ["REQUEST_METHOD"]
        self.client = client_address(environ, trusted)
        # Headers of the response, whichever it will be.
        self.headers: list[tuple[str, str]] = []
        self.request_id = str(new_id())
        self.span = tracing.begin("request", tracing.Kind.SERVER, environ.get("HTTP_TRACEPARENT"))
        if self.span:
            self.trace_id, self.traceparent = self.span.trace_id, self.span.traceparent
        else:
            self.trace_id, self.traceparent = trace_of(environ)
        self.route = "unknown"
        self.user_id: str | None = None
        # Whether an admin acts in the name of this user.
        self.is_impersonated = False
        # Whether a secret is checked that comes without a sign-in.
        self.brings_secret = False

    def record(self, status: int) -> None:
        """Count and log the response. The path is logged without its query, which may hold names and tokens."""
        seconds = time.perf_counter() - self.started
        method = self.method if self.method in _LABELS else "OTHER"
        REQUESTS.labels(method, self.route, status).observe(seconds)
        if self.span:
            about: dict[str, str | int] = {
                "http.request.method": method,
                "http.route": self.route,
                "http.response.status_code": status,
            }
            about["mp.request_id"] = self.request_id
            self.span.end(about, name=f"{method} {self.route}", is_failed=status >= HTTPStatus.INTERNAL_SERVER_ERROR)
        log.info(
            "request",
            method=self.method,
            route=self.route,
            path=self.environ.get("PATH_INFO", ""),
            status=status,
            milliseconds=round(seconds * 1000, 1),
            client=self.client,
            user_id=self.user_id,
            request_id=self.request_id,
            trace_id=self.trace_id,
        )
