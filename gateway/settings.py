"""Every setting of the gateway, read once at start."""

import re
from dataclasses import dataclass, field

from shared.settings import BadSettings

# Whole origins only: a pattern, or `*`, together with credentials would open the API to pages we do not know.
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_SERVICE = re.compile(r"http://([A-Za-z0-9._-]+|\[[0-9a-f:]+\])(:\d{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Made by read_settings(Settings, os.environ, prefix="GATEWAY"): GATEWAY_BIND, IDENTITY_URL and so on."""

    broker_url: str = field(repr=False)
    jwks_url: str
    internal_secret: str = field(repr=False)
    identity_url: str = "http://127.0.0.1:8101"
    membership_url: str = "http://127.0.0.1:8102"
    lending_url: str = "http://127.0.0.1:8103"
    payments_url: str = "http://127.0.0.1:8104"
    reporting_url: str = "http://127.0.0.1:8105"
    bind: str = "127.0.0.1:8080"
    # Where /metrics is served, and nothing else; empty for nowhere. The public door never shows it.
    metrics_bind: str = ""
    workers: int = 1
    allowed_origins: tuple[str, ...] = ("http://localhost:3000", "http://localhost:3001")
    # Names the gateway answers to; empty for any, which is right behind a proxy that has checked.
    allowed_hosts: tuple[str, ...] = ()
    # How long a service may take to answer before the client gets 504.
    read_seconds: float = 30.0
    # How long the answer to a write waits for those who follow it.
    followers_seconds: float = 1.0
    # Whether clients reach us over TLS, so that browsers may be told to insist on it.
    behind_tls: bool = False
    environment: str = "production"
    version: str = "dev"
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        faults = [] if len(self.internal_secret) >= 32 else ["INTERNAL_SECRET must have at least 32 characters"]
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
        if faults:
            raise BadSettings("; ".join(faults))

    @property
    def upstream_urls(self) -> dict[str, str]:
        """Where each service answers."""
        return {
            "identity": self.identity_url,
            "membership": self.membership_url,
            "lending": self.lending_url,
            "payments": self.payments_url,
            "reporting": self.reporting_url,
        }
