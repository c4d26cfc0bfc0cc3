"""The path that is authorised is the path that is forwarded: one decoded form, quoted again, and nothing ambiguous."""

import re
from urllib.parse import quote

from gateway.problems import BadRequest

API = "/api"

# Dot segments, empty segments, path parameters and backslashes mean different things to different parsers.
_AMBIGUOUS = re.compile(r"//|/\.|[\\;\x00-\x1f\x7f]")
_SAFE_IN_PATH = "/:@!$&'()*+,=-._~"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?%;[]"


class BadPath(BadRequest):
    """The path could be read in two ways."""


def check_path(path: str) -> str:
    """The path as WSGI decoded it, when it can be read in one way only. Raises BadPath."""
    if not path.startswith("/") or _AMBIGUOUS.search(path):
        raise BadPath("The path of the request is not acceptable.")
    return path


def quoted(path: str, query: str) -> str:
    """The request target for an upstream; both arguments are WSGI strings, that is, bytes read as latin-1."""
    target = quote(path, safe=_SAFE_IN_PATH, encoding="latin-1")
    return f"{target}?{quote(query, safe=_SAFE_IN_QUERY, encoding='latin-1')}" if query else target
