"""Which service answers which path, and which paths need no sign-in."""

from dataclasses import dataclass

UPSTREAMS = ("identity", "membership", "lending", "payments", "reporting")


@dataclass(frozen=True, slots=True)
class Route:
    """Everything below `/api/<prefix>` goes to one service, which knows it as `/<target>`."""

    prefix: str
    upstream: str
    target: str

    @property
    def template(self) -> str:
        """The label of this route in metrics and logs: never a path, which would carry ids."""
        return f"/api/{self.prefix}"

    def target_path(self, path: str) -> str:
        """The path the service sees for `path`, which is relative to /api."""
        return "/" + self.target + path[1 + len(self.prefix) :]


_OWNERS = {
    "identity": ("auth", "users", "settings", "user-activity", "notes"),
    "membership": ("unions", "union-members", "documents/types", "documents/union-member", "assignment-history"),
    "lending": ("loan-types", "loans", "documents/loan"),
    "payments": ("repayments", "schedules"),
    "reporting": ("supervisor-reports", "audit-logs", "backup"),
}
# A second public name of the same resource; its owner knows only the first.
_ALIASES = {"reports": "supervisor-reports"}

ROUTES = {prefix: Route(prefix, upstream, prefix) for upstream, prefixes in _OWNERS.items() for prefix in prefixes}
ROUTES |= {alias: Route(alias, ROUTES[name].upstream, name) for alias, name in _ALIASES.items()}

PUBLIC_PATHS = frozenset(
    {
        "/auth/login",
        "/auth/logout",
        "/auth/refresh",
        "/auth/register",
        "/auth/forgot-password",
        "/auth/reset-password",
        "/auth/password-reset",
        "/auth/password-reset/confirm",
        "/auth/magic-link",
        "/auth/magic-link/verify",
        "/auth/test",
        "/settings/public",
    }
)
PUBLIC_PREFIXES = ("/auth/oauth/",)

# The web client signs its user out when this fails in any way, so the gateway tries harder for it.
PATIENT_PATHS = frozenset({"/auth/me"})


def find_route(path: str) -> Route | None:
    """The route of a path relative to /api: by its first two segments, else by its first."""
    first, _, rest = path[1:].partition("/")
    return ROUTES.get(f"{first}/{rest.partition('/')[0]}") or ROUTES.get(first)


def is_public(path: str) -> bool:
    """Whether a path relative to /api is answered without a sign-in. What is not listed here is not."""
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIXES)
