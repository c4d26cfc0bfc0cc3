"""Cross-origin requests: only pages on the list may call from a browser; no origin is reflected."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.responses.response import Response

_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_REQUEST_HEADERS = "Content-Type, Authorization, X-Requested-With, Idempotency-Key, If-None-Match, traceparent"
_READABLE_HEADERS = "ETag, X-Request-Id, X-Followers-Behind, Idempotent-Replay, Content-Disposition, Retry-After"
_PREFLIGHT_SECONDS = "600"


class Cors:
    """The allow-list of origins."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origins)

    def headers(self, environ: Mapping[str, Any], *, for_everybody: bool = False) -> list[tuple[str, str]]:
        """The headers that let the asking page read the response. An origin off the list gets none, unless the response
        is `for_everybody`, and then without credentials."""
        if for_everybody:
            return [("Access-Control-Allow-Origin", "*")]
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return []
        if origin not in self._origins:
            return [("Vary", "Origin")]
        return [
            ("Vary", "Origin"),
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", _READABLE_HEADERS),
        ]

    def preflight(self, environ: Mapping[str, Any]) -> Response:
        """Equal for every path, so that it does not reveal which paths exist."""
        if environ.get("HTTP_ORIGIN") not in self._origins:
            return Response(204, [])
        return Response(
            204,
            [
                ("Access-Control-Allow-Methods", _METHODS),
                ("Access-Control-Allow-Headers", _REQUEST_HEADERS),
                ("Access-Control-Max-Age", _PREFLIGHT_SECONDS),
            ],
        )
