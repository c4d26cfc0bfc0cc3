"""Settings are one typed object, read once at start; what is below receives values, never names of variables.

The comment above a field is what operators read of it: `make settings` writes docs/settings.md from these comments, and
a test holds that page. So every new field has one, in whole sentences that stand alone; a subclass which only changes
a default may do without, and then has its ancestor's. A field with `repr=False` is shown there as a secret.
"""

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from shared import production, tls
from shared.messaging.signatures import EventKeys

T = TypeVar("T")

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class BadSettings(Exception):
    """The environment cannot start this process; the message names every fault at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseSettings:
    """What every service needs to know of its surroundings."""

    # The service's own role and database.
    database_url: str = field(repr=False)
    # The same database past a pooler, where DATABASE_URL is a pooler in transaction mode (PgBouncer): a worker holds a
    # lock and listens there, and nothing is prepared elsewhere. Empty where there is no pooler.
    direct_database_url: str = field(default="", repr=False)
    # `amqp://…`, or `amqps://…` for a broker with TLS; the nodes of a cluster with a semicolon between them.
    # `memory://` is for the one-process mode only.
    broker_url: str = field(repr=False)
    # The broker's user with all rights, for commands of operators only; `BROKER_URL` when empty.
    operator_broker_url: str = field(default="", repr=False)
    # Where identity's public keys are, `file://` or `http(s)://`.
    jwks_url: str
    # Signs what the gateway asks identity, and links to documents; the same everywhere, 32 characters or more. The
    # gateway's clock may be 30 s ahead of identity's.
    internal_secret: str = field(repr=False)
    # Where the web process listens, `host:port`.
    bind: str
    # What a worker signs its events with, and checks those of others; `make up` and `make secrets` make them.
    event_keys: str = field(default="", repr=False)
    # Where the worker answers health and metrics, `host:port`; nowhere when empty.
    worker_bind: str = ""
    # The certificate that web and worker serve with, a file of PEM (docs/tls.md); they serve plain HTTP without one.
    tls_certificate: str = ""
    # The file of its key, which only this process may read.
    tls_key: str = ""
    # The authority whose certificates are trusted, and no other's, by who calls `https://` and `amqps://`; a file of
    # PEM. The system's authorities are when empty. With it, nothing may go unencrypted to other machines in production.
    tls_ca: str = ""
    # Processes of the web role; `make up` gives membership and lending one a core, two at most.
    web_workers: int = 1
    # Threads of each process of the web role.
    web_threads: int = 4
    # Connections of a web process for writes, and as many again for reads; more than four on a core only wait for each
    # other.
    database_connections: int = 4
    # Decides the business date.
    company_time_zone: str = "Africa/Lagos"
    # Where clients reach the gateway, for the addresses in our answers; without a slash at its end.
    public_url: str = "http://localhost:8080"
    # `production` or `development`; in production a process does not start with what docs/security.md lists under 68.
    environment: str = "production"
    # Names the installation. Health answers carry it as X-Platform, and the gateway takes no service of another one for
    # its own; `make up` makes a name up at each start. Without one nobody checks.
    platform: str = ""
    # The least that is logged: DEBUG, INFO, WARNING or ERROR.
    log_level: str = "INFO"
    # Where faults are reported, without bodies, variables, cookies or tokens; nowhere when empty.
    sentry_dsn: str = field(default="", repr=False)
    # Where traces go, a collector that takes OTLP over HTTP such as http://collector:4318; nowhere when empty.
    otlp_endpoint: str = ""
    # How many of all requests are traced, from 0 to 1; what comes through the gateway goes by the gateway's.
    trace_ratio: float = 1.0
    # How many events the relay publishes before it waits for the broker to confirm them.
    relay_batch_size: int = 200
    # Services whose queues must be there before anything is published.
    bus_subscribers: tuple[str, ...] = ()
    # How long published events can be replayed.
    outbox_keep_days: int = 396
    # How long an answer is given again for its Idempotency-Key; 0 is for ever, as commands that move money need.
    idempotency_keep_days: int = 1
    # How many rows an export has at most that somebody waits for; longer ones are made aside.
    export_rows: int = 50_000

    def __post_init__(self) -> None:
        if len(self.internal_secret) < 32:
            raise BadSettings("INTERNAL_SECRET must have at least 32 characters.")
        if not _ADDRESS.fullmatch(self.public_url):
            raise BadSettings(f"PUBLIC_URL: {self.public_url!r} is not an address such as https://api.example.org")
        faults = [*production.environment_faults(self.environment), *trace_faults(self.otlp_endpoint, self.trace_ratio)]
        if self.event_keys:
            faults += key_faults("EVENT_KEYS", self.event_keys)
        faults += tls.serving_faults(self.tls_certificate, self.tls_key)
        faults += tls.trusting_faults(self.tls_ca)
        if self.environment == production.PRODUCTION:
            faults += production.secret_faults("INTERNAL_SECRET", self.internal_secret)
            faults += production.broker_faults(self.broker_url)
            faults += production.database_faults(self.database_url)
            faults += production.database_faults(self.direct_url) if self.is_pooled else ()
            faults += production.address_faults("PUBLIC_URL", self.public_url)
            faults += self._plain_text_faults() if self.is_encrypted else ()
        if faults:
            raise BadSettings("; ".join(faults))

    @property
    def is_encrypted(self) -> bool:
        """Whether nothing may go unencrypted to other machines: a certificate or an authority says so."""
        return bool(self.tls_certificate or self.tls_ca)

    def _plain_text_faults(self) -> Iterator[str]:
        yield from production.plain_database_faults("DATABASE_URL", self.database_url)
        yield from production.plain_database_faults("DIRECT_DATABASE_URL", self.direct_database_url)
        yield from production.plain_address_faults("BROKER_URL", self.broker_url)
        yield from production.plain_address_faults("OPERATOR_BROKER_URL", self.operator_broker_url)
        yield from production.plain_address_faults("JWKS_URL", self.jwks_url)

    @property
    def is_pooled(self) -> bool:
        """Whether a pooler stands before the database, where a connection is another one in each transaction."""
        return bool(self.direct_database_url)

    @property
    def direct_url(self) -> str:
        """The database itself, for what needs a session of its own."""
        return self.direct_database_url or self.database_url

    @property
    def broker_url_of_operators(self) -> str:
        """The broker as commands of operators reach it."""
        return self.operator_broker_url or self.broker_url

    def keys_of(self, service: str) -> EventKeys:
        """The keys of this service's events. Raises BadSettings when there are none, or those of another."""
        if not self.event_keys:
            raise BadSettings(f"{service.upper()}_EVENT_KEYS is missing")
        keys = EventKeys.from_text(self.event_keys)
        if keys.owner != service:
            raise BadSettings(f"{service.upper()}_EVENT_KEYS: these are the keys of {keys.owner}")
        return keys


def trace_faults(endpoint: str, ratio: float) -> Iterator[str]:
    """Faults of where traces go, and how many."""
    if endpoint and not _ADDRESS.fullmatch(endpoint):
        yield f"OTLP_ENDPOINT: {endpoint!r} is not an address such as http://collector:4318"
    if not 0 <= ratio <= 1:
        yield f"TRACE_RATIO: {ratio} is not between 0 and 1"


def key_faults(name: str, event_keys: str) -> Iterator[str]:
    """Keys of events that cannot be read."""
    try:
        EventKeys.from_text(event_keys)
    except ValueError as error:
        yield f"{name}: {error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerSettings:
    """What only migrations have: the database as the role that owns the schema."""

    # The role that owns the service's schema, and its database; only `migrate` has it.
    owner_database_url: str = field(repr=False)
    # As of the service itself.
    environment: str = "production"
    # As of the service itself.
    tls_ca: str = ""

    def __post_init__(self) -> None:
        if self.environment == production.PRODUCTION:
            faults = [*production.database_faults(self.owner_database_url)]
            if self.tls_ca:
                faults += production.plain_database_faults("DATABASE_URL", self.owner_database_url)
            if faults:
                raise BadSettings("; ".join(f"OWNER_{fault}" for fault in faults))


FORMERLY = "formerly"


def formerly(name: str) -> Mapping[str, str]:
    """The `metadata` of a field whose setting had another name before, which goes on being read."""
    return {FORMERLY: name}


def read_settings(cls: type[T], environ: Mapping[str, str], prefix: str) -> T:
    """Make `cls` from the environment: field `database_url` is `PREFIX_DATABASE_URL`, else what it was called
    `formerly`, else `DATABASE_URL`.

    Either may be given as `..._FILE`, the path of a file that holds the value. Raises BadSettings, which names every
    missing or malformed variable at once.
    """
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    faults: list[str] = []
    for setting in fields(cls):  # type: ignore[arg-type]  # every settings class is a dataclass
        name = f"{prefix}_{setting.name.upper()}"
        try:
            former = setting.metadata.get(FORMERLY, name)
            text = _look_up(environ, name, former, setting.name.upper())
            if text is not None:
                values[setting.name] = _convert(text, hints[setting.name])
            elif setting.default is MISSING and setting.default_factory is MISSING:
                faults.append(f"{name} is missing")
        except (ValueError, OSError) as error:
            faults.append(f"{name}: {error}")
    if faults:
        raise BadSettings("; ".join(faults))
    return cls(**values)


def _look_up(environ: Mapping[str, str], *names: str) -> str | None:
    for name in names:
        if name in environ:
            return environ[name]
        if f"{name}_FILE" in environ:
            return Path(environ[f"{name}_FILE"]).read_text(encoding="utf-8").strip()
    return None


def _convert(text: str, kind: Any) -> Any:
    if isinstance(kind, types.UnionType):  # `str | None`
        kind = next(option for option in get_args(kind) if option is not type(None))
    if kind is bool:
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise ValueError(f"{text!r} is neither true nor false")
    if kind is date:
        return date.fromisoformat(text)
    if kind is tuple or getattr(kind, "__origin__", None) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return kind(text)
