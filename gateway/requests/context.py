"""One request on its way through the gateway: what is known of it for headers, metrics and the access log."""

import time
from collections.abc import Sequence
from typing import Any

from gateway.requests.clients import Network, client_address
from gateway.requests.headers import trace_of
from shared.ids import new_id
from shared.telemetry import REQUESTS, log

# A label must come from a list: a client may send any word as a method.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Visit:
    """A request from its first byte to its answer. Ids are made here: what the client calls itself is not kept."""

    __slots__ = (
        "address",
        "client",
        "environ",
        "headers",
        "is_impersonated",
        "is_proving",
        "method",
        "request_id",
        "route",
        "started",
        "trace_id",
        "traceparent",
        "user_id",
    )

    def __init__(self, environ: dict[str, Any], trusted: Sequence[Network] = ()) -> None:
        self.started = time.perf_counter()
        self.environ = environ
        # As it was called; what it is judged by is the canonical path.
        self.address: str = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        self.method: str = environ["REQUEST_METHOD"]
        self.client = client_address(environ, trusted)
        # Headers for the answer, whatever it will be.
        self.headers: list[tuple[str, str]] = []
        self.request_id = str(new_id())
        self.trace_id, self.traceparent = trace_of(environ)
        self.route = "unknown"
        self.user_id: str | None = None
        # Whether somebody else acts in their name.
        self.is_impersonated = False
        # Whether a secret is judged that somebody brings who is not signed in.
        self.is_proving = False

    def record(self, status: int) -> None:
        """Count and log the answer. The path is logged without its query, which may hold names and tokens."""
        seconds = time.perf_counter() - self.started
        method = self.method if self.method in _METHODS else "OTHER"
        REQUESTS.labels(method, self.route, status).observe(seconds)
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
