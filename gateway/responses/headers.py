"""Which headers of a service's response the client may see, and which every response carries."""

# Headers of this hop, and those that only the gateway sets.
_DROPPED = frozenset(
    {
        "connection",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "referrer-policy",
        "server",
        "strict-transport-security",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-content-type-options",
        "x-events",
        "x-followers-behind",
        "x-frame-options",
        "x-powered-by",
        "x-request-id",
        "x-unknown-route",
    }
)
_DROPPED_PREFIX = "access-control-"

# A service may set these more precisely: how long a document may be kept, what a page may load.
_DEFAULTS = {
    "cache-control": ("Cache-Control", "no-store"),
    "content-security-policy": ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    "cross-origin-resource-policy": ("Cross-Origin-Resource-Policy", "same-origin"),
}
_ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
]
HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def passed_back(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of a service's response that the client may see."""
    return [
        (name, value)
        for name, value in headers
        if (lowered := name.lower()) not in _DROPPED and not lowered.startswith(_DROPPED_PREFIX)
    ]


def with_security(headers: list[tuple[str, str]], *, behind_tls: bool) -> list[tuple[str, str]]:
    """These headers, and those that every response carries, whatever its status."""
    present = {name.lower() for name, _ in headers}
    missing = [header for name, header in _DEFAULTS.items() if name not in present]
    return [*headers, *_ALWAYS, *missing, *([HSTS] if behind_tls else [])]
