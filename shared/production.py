"""Settings that are fine for development, and with which no process starts in production."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from shared.postgres.urls import servers

PRODUCTION, DEVELOPMENT = "production", "development"
# A secret that was made and not thought up has none of these in it, and no pattern.
_WORDS = ("change", "default", "example", "guest", "millenium", "password", "postgres", "secret")
_LEAST_SIGNS = 8
# Of what is not an institution's own network, whoever trusts more than this trusts strangers.
_SHORTEST_PREFIX = {4: 9, 6: 20}
_OWN_NETWORKS = tuple(ip_network(network) for network in ("10.0.0.0/8", "127.0.0.0/8", "fc00::/7"))


def environment_faults(environment: str) -> Iterator[str]:
    """A fault where the environment has no known name: a misspelt `production` would switch all checks off."""
    if environment not in (PRODUCTION, DEVELOPMENT):
        yield f"ENVIRONMENT: {environment!r} is neither {PRODUCTION} nor {DEVELOPMENT}"


def secret_faults(name: str, secret: str) -> Iterator[str]:
    """Faults of a secret that was taken from an example, or is easy to guess."""
    if len(set(secret)) < _LEAST_SIGNS or _has_pattern(secret) or any(word in secret.lower() for word in _WORDS):
        yield f"{name} can be guessed: make one at random"


def _has_pattern(secret: str) -> bool:
    """Whether a secret repeats itself or runs along the alphabet, which random ones do not."""
    repeats = any(secret[length:] == secret[:-length] for length in range(1, len(secret) // 2 + 1))
    pairs = list(pairwise(secret))
    steps = sum(abs(ord(after) - ord(before)) <= 1 for before, after in pairs)
    return repeats or 3 * steps > 2 * len(pairs) or 2 * len(set(pairs)) < len(pairs)


def proxy_faults(name: str, networks: Iterable[IPv4Network | IPv6Network]) -> Iterator[str]:
    """Faults of trusted networks so wide that strangers could choose the address they are counted by."""
    for network in networks:
        is_own = any(network.version == own.version and network.subnet_of(own) for own in _OWN_NETWORKS)  # type: ignore[arg-type]  # of one version
        if not is_own and network.prefixlen < _SHORTEST_PREFIX[network.version]:
            yield f"{name}: {network} holds strangers, so name the proxies' own addresses"


def limit_faults(limits: Mapping[str, int | None]) -> Iterator[str]:
    """Faults of limits, by the names of their settings, that limit nothing."""
    for name, limit in limits.items():
        if limit is not None and limit < 1:
            yield f"{name} must be at least 1: without a limit anybody can wear the platform out"


def broker_faults(url: str) -> Iterator[str]:
    """Faults of a bus that ends with its process, and of a broker that lets anybody in."""
    for parts in map(urlsplit, url.split(";")):
        if parts.scheme == "memory":
            yield "BROKER_URL: the bus inside the process keeps nothing, so name a broker"
        elif not is_this_machine(parts.hostname) and parts.username in (None, "guest"):
            yield "BROKER_URL: `guest` is for this machine only, so give each broker a user of its own"
        elif not is_this_machine(parts.hostname):
            yield from secret_faults("BROKER_URL: its password", parts.password or "")


def database_faults(url: str) -> Iterator[str]:
    """Faults of a database without a password, or with one that everybody tries."""
    parts = urlsplit(url)
    if not parts.password:
        yield "DATABASE_URL has no password"
    elif parts.password == parts.username:
        yield "DATABASE_URL: its password can be guessed: make one at random"
    else:
        yield from secret_faults("DATABASE_URL: its password", parts.password)


# What libpq calls the ways in which the server is known: `require` would speak with anybody.
_ENCRYPTED = ("verify-full", "verify-ca")


def plain_database_faults(name: str, url: str) -> Iterator[str]:
    """Faults of a database on another machine to which, or to an impostor of which, plain text would go."""
    mode = parse_qs(urlsplit(url).query).get("sslmode", ["prefer"])[-1]
    if mode not in _ENCRYPTED and not all(map(_stays_here, servers(url))):
        yield f"{name}: TLS is on, and sslmode={mode} is neither {' nor '.join(_ENCRYPTED)}"


def plain_address_faults(name: str, url: str) -> Iterator[str]:
    """Faults of a service on another machine, or of the nodes of a broker, that are called without TLS."""
    for parts in map(urlsplit, url.split(";")):
        if parts.scheme in ("amqp", "http") and not is_this_machine(parts.hostname):
            yield f"{name}: TLS is on, and {parts.scheme}:// goes to {parts.hostname} without it"


def _stays_here(server: str) -> bool:
    return server.startswith("/") or is_this_machine(server)


def address_faults(name: str, url: str) -> Iterator[str]:
    """Faults of an address to which clients on other machines would send passwords unencrypted."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_this_machine(parts.hostname):
        yield f"{name}: {url!r} is not https"


def tls_faults(public_url: str, behind_tls: bool | None) -> Iterator[str]:
    """Faults where TLS is not decided on, or browsers are not asked to insist on it."""
    if behind_tls is None:
        yield "GATEWAY_BEHIND_TLS is missing: say whether clients reach the gateway over TLS"
    elif not behind_tls and urlsplit(public_url).scheme == "https":
        yield "GATEWAY_BEHIND_TLS is false, and PUBLIC_URL is https"


def is_this_machine(host: str | None) -> bool:
    """Whether a host name or address is this machine itself."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
