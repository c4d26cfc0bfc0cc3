"""Guards against cross-site request forgery: a browser sends cookies along whichever page makes a request, so a cookie
alone does not allow a change."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.authority.tokens import cookie, has_bearer
from gateway.methods import SAFE
from gateway.responses.problems import Refusal
from gateway.routes import is_public

# Public, because they check tokens themselves; yet what they do is for somebody who is signed in.
_CHECKED_BY_IDENTITY = frozenset({"/auth/logout", "/auth/refresh", "/auth/register"})


class ForeignPage(Refusal):
    """The request came with a cookie, and nothing else says that a page we know has sent it."""

    status = 403
    of = "changes"


class CookieGuard:
    """Accepts a cookie as the sign-in for a change only if a page on the list, or of this host, sent the request, or if
    it carries `X-Requested-With`, which a script of another site cannot set."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origins)

    def check(self, environ: Mapping[str, Any], method: str, path: str) -> None:
        """Return when the request, to `path` relative to /api, may do what its cookies allow. Raises ForeignPage."""
        if method in SAFE or has_bearer(environ) or not _acts_by_cookie(environ, path):
            return
        if environ.get("HTTP_X_REQUESTED_WITH") or self._is_ours(environ):
            return
        raise ForeignPage("You do not have permission to do this from another site.")

    def _is_ours(self, environ: Mapping[str, Any]) -> bool:
        origin, host = environ.get("HTTP_ORIGIN", ""), environ.get("HTTP_HOST", "")
        return origin in self._origins or (bool(host) and origin.partition("://")[2] == host)


def _acts_by_cookie(environ: Mapping[str, Any], path: str) -> bool:
    if is_public(path, environ.get("QUERY_STRING", "")) and path not in _CHECKED_BY_IDENTITY:
        return False
    return bool(cookie(environ, "access_token") or cookie(environ, "refresh_token"))
