"""Which service answers which path, and which paths need no sign-in."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

UPSTREAMS = ("identity", "membership", "lending", "payments", "reporting", "notifications")


@dataclass(frozen=True, slots=True)
class Route:
    """Everything below `/api/<prefix>` goes to one service, which knows it as `/<target>`.

    An id does not show which service owns it: what is absent there may belong to `otherwise`, which is asked next. A
    service that can see that another one answers responds with `otherwise_at` 421, and only then that one is asked.
    With 405 it is asked for the methods that the first does not have at this path.
    """

    prefix: str
    upstream: str
    target: str
    otherwise: str | None = None
    otherwise_at: int = HTTPStatus.NOT_FOUND
    # Where every other service adds what it has under its own name, below this path of its own.
    gathered: str | None = None

    @property
    def template(self) -> str:
        """The label of this route in metrics and logs, which must not carry ids."""
        return f"/api/{self.prefix}"

    def target_path(self, path: str) -> str:
        """The path the service sees for `path`, which is relative to /api."""
        return "/" + self.target + path[1 + len(self.prefix) :]


_OWNERS = {
    "identity": ("auth", "users", "settings", "user-activity", "notes", "upload-branding"),
    "membership": (
        "unions",
        "branches",
        "union-members",
        "documents/types",
        "documents/union-member",
        "assignment-history",
        "branch-transfers",
    ),
    "lending": ("loan-types", "loans", "documents/loan", "search"),
    "payments": ("repayments", "schedules"),
    "reporting": ("supervisor-reports", "analytics", "audit-logs", "backup"),
    "notifications": ("settings/email", "settings/email-templates", "settings/mails"),
}
# A second public name of the same resource; its owner knows only the first.
_ALIASES = {
    "reports": "supervisor-reports",
    "customers": "union-members",
    "documents/customer": "documents/union-member",
}
# Pictures that everybody may see; `/uploads/...` at the root of the host is the same.
PUBLIC_FILES = "/uploads/"

ROUTES = {prefix: Route(prefix, upstream, prefix) for upstream, prefixes in _OWNERS.items() for prefix in prefixes}
ROUTES |= {alias: Route(alias, ROUTES[name].upstream, name) for alias, name in _ALIASES.items()}

ROUTES |= {f"uploads/{name}": Route(f"uploads/{name}", name, "uploads") for name in ("identity", "membership")}
# Documents by their id alone: those of loans and of guarantors, and those of members.
ROUTES["documents"] = Route("documents", "lending", "documents", otherwise="membership")
# Changes to many accounts at once: identity makes all of them except giving unions.
ROUTES["users/bulk-operation"] = Route(
    "users/bulk-operation",
    "identity",
    "users/bulk-operation",
    otherwise="membership",
    otherwise_at=HTTPStatus.MISDIRECTED_REQUEST,
)

# What lending knows of a union lies below the union, and what payments knows of a loan, a member or a union below it.
ROUTES["unions/*/stats"] = Route("unions", "lending", "unions")
ROUTES["branches/*/stats"] = Route("branches", "lending", "branches")
ROUTES |= {f"{name}/*/loans": Route(name, "lending", "union-members") for name in ("union-members", "customers")}
ROUTES |= {f"{name}/*/record": Route(name, "payments", "union-members") for name in ("union-members", "customers")}
# One branch: what is written of it membership answers, and lending shows it, with its loans.
ROUTES["branches/*/"] = Route(
    "branches", "membership", "branches", otherwise="lending", otherwise_at=HTTPStatus.METHOD_NOT_ALLOWED
)
# What is kept about a member: membership answers for who they are, and the others add what they have.
ROUTES |= {
    f"{name}/*/data": Route(name, "membership", "union-members", gathered="/member-data")
    for name in ("union-members", "customers")
}
ROUTES |= {f"loans/*/{part}": Route("loans", "payments", "loans") for part in ("settlement", "charges")}
ROUTES |= {
    f"{prefix}/*/statement": Route(prefix, "payments", prefix) for prefix in ("loans", "union-members", "unions")
}

# What depends on something says the service whose it is, for its deletion goes by that.
ROUTES |= {
    f"backup/*/{kind}": Route("backup", upstream, "backup")
    for kind, upstream in {
        "user": "identity",
        "union": "membership",
        "unionMember": "membership",
        "loanType": "lending",
    }.items()
}

# Lists that are too long to wait for are made aside by the service that has their rows, below the jobs of reports, by
# one name alone.
_LISTS = {
    "membership": ("unions", "union-members"),
    "lending": ("loans",),
    "payments": ("repayments", "schedules"),
}
ROUTES |= {
    f"reports/*/{name}": Route("reports", upstream, "reports") for upstream, names in _LISTS.items() for name in names
}

# How each service is, which it alone can say.
ROUTES |= {f"system/{name}": Route(f"system/{name}", name, "system") for name in UPSTREAMS}

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
PUBLIC_PREFIXES = ("/auth/oauth/", PUBLIC_FILES)
_SERVED_DOCUMENTS, _SIGNATURE = "/documents/serve/", "signature"
# Public paths that check something which could be guessed. Identity itself counts sign-ins and registrations, by
# account too.
_SECRET_PATHS = frozenset(
    {
        "/auth/logout",
        "/auth/refresh",
        "/auth/reset-password",
        "/auth/password-reset/confirm",
        "/auth/magic-link/verify",
    }
)
_SECRET_PREFIXES = ("/auth/oauth/", _SERVED_DOCUMENTS)

# The web client signs its user out when one of these fails, so the gateway repeats them.
PATIENT_PATHS = frozenset({"/auth/me"})


def find_route(path: str) -> Route | None:
    """The route of a path relative to /api: by its first two segments, or its first and third, which may be missing,
    else by its first."""
    first, second, third, *_ = [*path[1:].split("/"), "", ""]
    below = ROUTES.get(f"{first}/{second}") or ROUTES.get(f"{first}/*/{third}") if second else None
    return below or ROUTES.get(first)


def is_public(path: str, query: str) -> bool:
    """Whether a path relative to /api is answered without a sign-in. What is not listed here is not.

    A signed link to a document is; its service judges the signature.
    """
    if path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIXES):
        return True
    # Parsed as the service parses it, so that both see the same signature, however its name is spelt.
    return path.startswith(_SERVED_DOCUMENTS) and any(name == _SIGNATURE for name, _ in parse_qsl(query))


def checks_secret(path: str) -> bool:
    """Whether a public path relative to /api checks a token, a link or a signature that comes with the request."""
    return path in _SECRET_PATHS or path.startswith(_SECRET_PREFIXES)
