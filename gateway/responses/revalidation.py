"""Answers that are asked for again: who still has one gets 304 instead of it (docs/decisions/61)."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from gateway.responses.response import Response

KEPT_AND_ASKED_AGAIN = "private, no-cache"
_DIGEST_BYTES = 16
_SAID_OTHERWISE = frozenset({"cache-control", "etag"})
# Who one is, and one's sessions: never kept by anybody.
NEVER_KEPT = "/api/auth/"


def revalidate(response: Response, environ: Mapping[str, Any], path: str) -> None:
    """Give the answer of a read the tag of its body, by which a browser may ask whether it still holds, and take the
    body away where it does.

    Only what was read whole and comes in JSON; what says itself how long it may be kept stays as it is.
    """
    if environ["REQUEST_METHOD"] != "GET" or response.status != 200 or not isinstance(response.body, bytes):
        return
    headers = {name.lower(): value for name, value in response.headers}
    is_json = headers.get("content-type", "").startswith("application/json")
    if not is_json or path.startswith(NEVER_KEPT) or not _SAID_OTHERWISE.isdisjoint(headers):
        return
    # Weak, because the bytes that travel depend on the coding the client takes.
    tag = f'W/"{blake2b(response.body, digest_size=_DIGEST_BYTES).hexdigest()}"'
    response.headers += [("ETag", tag), ("Cache-Control", KEPT_AND_ASKED_AGAIN)]
    if _has(tag, environ.get("HTTP_IF_NONE_MATCH", "")):
        response.status, response.body = 304, b""
        response.headers = [pair for pair in response.headers if pair[0].lower() != "content-length"]


def _has(tag: str, if_none_match: str) -> bool:
    """Whether a tag is among those that the client has; ours have no comma, and `*` is for writes."""
    opaque = tag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") == opaque for each in if_none_match.split(","))
