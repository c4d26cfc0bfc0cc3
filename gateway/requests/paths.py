"""The path that is authorised is the path that is forwarded: one canonical form, quoted again, none ambiguous."""

import re
from urllib.parse import quote

from gateway.responses.problems import BadRequest
from gateway.routes import PUBLIC_FILES

API = "/api"

# The web client asks for these with an empty first segment.
_DOUBLE_SLASHED = frozenset({"//health", "//ping", "//test"})

# Dot segments, empty segments, path parameters and backslashes mean different things to different parsers.
_AMBIGUOUS = re.compile(r"//|/\.|[\\;\x00-\x1f\x7f]")
_SAFE_IN_PATH = "/:@!$&'()*+,=-._~"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?%;[]"


class BadPath(BadRequest):
    """The path could be read in two ways."""


def canonical_path(path: str) -> str:
    """The one form of a path as WSGI decoded it, by which a request is judged, counted, logged and forwarded.

    Without a slash at its end; pictures, which have a second address at the root of the host, below /api. Raises
    BadPath where it can be read in more than one way.
    """
    if path in _DOUBLE_SLASHED or path.startswith("/" + PUBLIC_FILES):
        path = path[1:]
    if not path.startswith("/") or _AMBIGUOUS.search(path):
        raise BadPath("The path of the request is not acceptable.")
    if path.startswith(PUBLIC_FILES):
        path = API + path
    return path.removesuffix("/") or "/"


def quoted(path: str, query: str) -> str:
    """The request target for an upstream; both arguments are WSGI strings, that is, bytes read as latin-1."""
    target = quote(path, safe=_SAFE_IN_PATH, encoding="latin-1")
    return f"{target}?{quote(query, safe=_SAFE_IN_QUERY, encoding='latin-1')}" if query else target
