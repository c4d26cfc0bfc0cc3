"""Every setting of the gateway, read once at start."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.limits.quotas import ELSEWHERE, PRODUCTION, Quotas
from gateway.requests.clients import networks
from shared import production, tls
from shared.settings import BadSettings, key_faults, trace_faults

# Whole origins only: a pattern, or `*`, together with credentials would open the API to pages we do not know.
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_LIMITS = ("requests_per_window", "exports_per_window", "uploads_per_window", "refusals_per_window")
_SERVICE = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9a-f:]+\])(:\d{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Made by read_settings(Settings, os.environ, prefix="GATEWAY"): GATEWAY_BIND, IDENTITY_URL and so on."""

    # `amqp://…`, or `amqps://…` for a broker with TLS; the nodes of a cluster with a semicolon between them.
    # `memory://` is for the one-process mode only.
    broker_url: str = field(repr=False)
    # Where identity's public keys are, `file://` or `http(s)://`.
    jwks_url: str
    # The secret of the services, 32 characters or more.
    internal_secret: str = field(repr=False)
    # What the events of identity are checked with; `make up` and `make secrets` make them.
    event_keys: str = field(repr=False)
    # Where identity answers.
    identity_url: str = "http://127.0.0.1:8101"
    # Where membership answers.
    membership_url: str = "http://127.0.0.1:8102"
    # Where lending answers.
    lending_url: str = "http://127.0.0.1:8103"
    # Where payments answers.
    payments_url: str = "http://127.0.0.1:8104"
    # Where reporting answers.
    reporting_url: str = "http://127.0.0.1:8105"
    # Where notifications answers.
    notifications_url: str = "http://127.0.0.1:8106"
    # The authority whose certificates are trusted, and no other's, where services, keys or broker are called by
    # `https://` and `amqps://`; a file of PEM. The system's authorities are when empty. With it, nothing may go
    # unencrypted to other machines in production.
    tls_ca: str = ""
    # Where clients are answered, `host:port`.
    bind: str = "127.0.0.1:8080"
    # Where /metrics is served, and nothing else; empty for nowhere. The public address never shows it.
    metrics_bind: str = ""
    # Processes that share this address; each counts limits for itself.
    workers: int = 1
    # Web pages that may call, as whole origins.
    allowed_origins: tuple[str, ...] = ("http://localhost:3000", "http://localhost:3001")
    # Names the gateway answers to; empty for any, which is right behind a proxy that has checked.
    allowed_hosts: tuple[str, ...] = ()
    # How many bytes one uploaded file may have; the services check it again.
    max_file_size: int = 10 * 1024 * 1024
    # How long a service may take to answer before the client gets 504.
    read_seconds: float = 30.0
    # How many reads one gateway process asks of one service at once; those beyond wait in line.
    reads_at_once: int = 16
    # How long the answer to a write waits for those who follow it.
    followers_seconds: float = 1.0
    # How often a stream of changes shows that it is still open, and whether its session still is.
    beat_seconds: float = 15.0
    # How long a request waits for a service that is being started again.
    away_seconds: float = 10.0
    # Proxies before us, as addresses or networks; only they may say for whom they speak.
    trusted_proxies: tuple[str, ...] = ()
    # How much one person, or one address that is not signed in, may ask in a quarter of an hour; 0 for no limit. In
    # production 2000; elsewhere, where people measure, so much that the limits show and do not bite.
    requests_per_window: int | None = None
    # How many exports one person may ask for in a quarter of an hour; 0 for no limit. In production 60, never 0.
    exports_per_window: int | None = None
    # How many files one person may send in a quarter of an hour; 0 for no limit. In production 200, never 0.
    uploads_per_window: int | None = None
    # How many tokens, links and signatures of one address may turn out worthless in a quarter of an hour where no
    # sign-in is asked for; 0 for no limit. In production 100, never 0.
    refusals_per_window: int | None = None
    # Where faults are reported, without bodies, variables, cookies or tokens; nowhere when empty.
    sentry_dsn: str = field(default="", repr=False)
    # Where traces go, a collector that takes OTLP over HTTP such as http://collector:4318; nowhere when empty.
    otlp_endpoint: str = ""
    # How many of all requests are traced, from 0 to 1; services go by it.
    trace_ratio: float = 1.0
    # Whether clients reach us over TLS, so that browsers may be told to insist on it. In production it has to be said.
    behind_tls: bool | None = None
    # Where clients reach us, without a slash at its end.
    public_url: str = "http://localhost:8080"
    # Where the built console is, which is served at /; while nothing is there only the API is.
    console_folder: str = "console/dist"
    # `production` or `development`; in production a gateway does not start with what docs/security.md lists under 68.
    environment: str = "production"
    # Names the installation; a service of another one is not taken for ours. Without one nobody checks.
    platform: str = ""
    # What health says of the version.
    version: str = "dev"
    # The least that is logged: DEBUG, INFO, WARNING or ERROR.
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        faults = [] if len(self.internal_secret) >= 32 else ["INTERNAL_SECRET must have at least 32 characters"]
        faults += [] if self.reads_at_once >= 1 else ["GATEWAY_READS_AT_ONCE must be at least 1"]
        faults += [
            f"GATEWAY_ALLOWED_ORIGINS: {origin!r} is not an origin such as https://app.example.org"
            for origin in self.allowed_origins
            if not _ORIGIN.fullmatch(origin)
        ]
        faults += [
            f"{name.upper()}_URL: {url!r} is not an address such as http://127.0.0.1:8101"
            for name, url in self.upstream_urls.items()
            if not _SERVICE.fullmatch(url)
        ]
        try:
            proxies = networks(self.trusted_proxies)
        except ValueError as error:
            faults.append(f"GATEWAY_TRUSTED_PROXIES: {error}")
            proxies = ()
        limits = {f"GATEWAY_{name.upper()}": getattr(self, name) for name in _LIMITS}
        faults += [f"{name} must be at least 0" for name, limit in limits.items() if limit is not None and limit < 0]
        faults += key_faults("GATEWAY_EVENT_KEYS", self.event_keys)
        faults += production.environment_faults(self.environment)
        faults += trace_faults(self.otlp_endpoint, self.trace_ratio)
        faults += tls.trusting_faults(self.tls_ca)
        if self.environment == production.PRODUCTION:
            faults += production.secret_faults("INTERNAL_SECRET", self.internal_secret)
            faults += production.broker_faults(self.broker_url)
            faults += production.address_faults("PUBLIC_URL", self.public_url)
            faults += production.tls_faults(self.public_url, self.behind_tls)
            faults += production.proxy_faults("GATEWAY_TRUSTED_PROXIES", proxies)
            faults += production.limit_faults(limits)
            faults += self._plain_text_faults() if self.tls_ca else ()
        if faults:
            raise BadSettings("; ".join(faults))

    def _plain_text_faults(self) -> Iterator[str]:
        called = {"BROKER_URL": self.broker_url, "JWKS_URL": self.jwks_url}
        called |= {f"{name.upper()}_URL": url for name, url in self.upstream_urls.items()}
        for name, url in called.items():
            yield from production.plain_address_faults(name, url)

    @property
    def quotas(self) -> Quotas:
        """The limits as they are set, or else as they are usual."""
        usual = PRODUCTION if self.environment == "production" else ELSEWHERE
        return Quotas(
            usual.requests if self.requests_per_window is None else self.requests_per_window,
            usual.exports if self.exports_per_window is None else self.exports_per_window,
            usual.uploads if self.uploads_per_window is None else self.uploads_per_window,
            usual.refusals if self.refusals_per_window is None else self.refusals_per_window,
        )

    @property
    def upstream_urls(self) -> dict[str, str]:
        """Where each service answers."""
        return {
            "identity": self.identity_url,
            "membership": self.membership_url,
            "lending": self.lending_url,
            "payments": self.payments_url,
            "reporting": self.reporting_url,
            "notifications": self.notifications_url,
        }
