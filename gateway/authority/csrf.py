"""Cookies come along with requests that a page of somebody else made the browser send (CSRF), so they alone are not
enough to change anything."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.authority.tokens import cookie, has_bearer
from gateway.responses.problems import Refusal
from gateway.routes import is_public

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
# Public, because they judge tokens by themselves; and what they do is for who is signed in.
_JUDGED_ELSEWHERE = frozenset({"/auth/logout", "/auth/refresh", "/auth/register"})


class ForeignPage(Refusal):
    """The request came with a cookie, and nothing else says that a page we know has sent it."""

    status = 403
    of = "changes"


class CookieGuard:
    """Lets a cookie stand for its owner in what changes something only where a page from the list, or from this very
    host, has sent the request, or a script that could set a header of its own, which foreign ones cannot."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origins)

    def check(self, environ: Mapping[str, Any], method: str, path: str) -> None:
        """Return when the request, to `path` relative to /api, may do what its cookies allow. Raises ForeignPage."""
        if method in _HARMLESS or has_bearer(environ) or not _speaks_for_somebody(environ, path):
            return
        if environ.get("HTTP_X_REQUESTED_WITH") or self._is_known(environ):
            return
        raise ForeignPage("You do not have permission to do this from another site.")

    def _is_known(self, environ: Mapping[str, Any]) -> bool:
        origin, host = environ.get("HTTP_ORIGIN", ""), environ.get("HTTP_HOST", "")
        return origin in self._origins or (bool(host) and origin.partition("://")[2] == host)


def _speaks_for_somebody(environ: Mapping[str, Any], path: str) -> bool:
    if is_public(path, environ.get("QUERY_STRING", "")) and path not in _JUDGED_ELSEWHERE:
        return False
    return bool(cookie(environ, "access_token") or cookie(environ, "refresh_token"))
