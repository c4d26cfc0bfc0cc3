"""Which headers of a client a service may see, and those that say which trace a request belongs to."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

# Keys of the WSGI environment: upper case, and `-` already turned into `_`, so no spelling slips past.
_OF_THIS_HOP = {
    "HTTP_CONNECTION",
    "HTTP_EXPECT",
    "HTTP_HOST",
    "HTTP_HTTP2_SETTINGS",
    "HTTP_KEEP_ALIVE",
    "HTTP_TE",
    "HTTP_TRAILER",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_UPGRADE",
}
_MADE_BY_US = {
    "HTTP_ACCEPT_ENCODING",
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
    "HTTP_TRACEPARENT",
    "HTTP_TRACESTATE",
    "HTTP_X_REQUEST_ID",
}
# These would name another client, or change what was authorised.
_PRETENDING = {
    "HTTP_FORWARDED",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_VIA",
    "HTTP_X_CLIENT_IP",
    "HTTP_X_EVENTS",
    "HTTP_X_FOLLOWERS_BEHIND",
    "HTTP_X_HTTP_METHOD",
    "HTTP_X_HTTP_METHOD_OVERRIDE",
    "HTTP_X_METHOD_OVERRIDE",
    "HTTP_X_REAL_IP",
    "HTTP_X_REWRITE_URL",
}
_DENIED = frozenset(_OF_THIS_HOP | _MADE_BY_US | _PRETENDING)
_DENIED_PREFIXES = (
    "HTTP_PROXY_",
    "HTTP_X_FORWARDED",
    "HTTP_X_IDENTITY",
    "HTTP_X_INTERNAL",
    "HTTP_X_ORIGINAL",
    "HTTP_X_USER",
)

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def passed_on(environ: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The client's own headers that a service may see."""
    named_by_connection = _named(environ.get("HTTP_CONNECTION", ""))
    for key, value in environ.items():
        if (
            key.startswith("HTTP_")
            and key not in _DENIED
            and key not in named_by_connection
            and not key.startswith(_DENIED_PREFIXES)
        ):
            yield _header_name(key), value
    if content_type := environ.get("CONTENT_TYPE"):
        yield "Content-Type", content_type


def _named(connection: str) -> frozenset[str]:
    if not connection or connection.lower() in ("keep-alive", "close"):
        return frozenset()
    return frozenset("HTTP_" + name.strip().upper().replace("-", "_") for name in connection.split(","))


@lru_cache(maxsize=1000)
def _header_name(key: str) -> str:
    return key[5:].replace("_", "-").title()


def trace_of(environ: Mapping[str, Any]) -> tuple[str, str]:
    """The trace this request belongs to, and its `traceparent` with a span id of ours: the client's trace id is kept
    when it is well formed, else the request starts a trace of its own."""
    match = _TRACEPARENT.fullmatch(environ.get("HTTP_TRACEPARENT", ""))
    trace_id = match[1] if match else os.urandom(16).hex()
    return trace_id, f"00-{trace_id}-{os.urandom(8).hex()}-01"
