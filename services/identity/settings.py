"""Settings of identity."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.identity.credentials.common_passwords import password_rules
from services.identity.credentials.supabase import Supabase
from services.identity.credentials.tokens import TokenSigner
from services.identity.domain.password import MIN_CHARACTERS, WeakPassword, check_password
from services.identity.domain.session import Lifetimes
from shared import production
from shared.seals import Seal
from shared.settings import BadSettings
from shared.storage.settings import StorageSettings

_THREADS_FOR_OTHERS = 8
_LEAST_BCRYPT_COST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StorageSettings):
    """Made at start by read_settings(Settings, os.environ, prefix="IDENTITY")."""

    bind: str = "127.0.0.1:8101"
    # The private keys that tokens are signed with, a JWK set; `new-signing-key` prints one. Given as a file, so that
    # they can be renewed.
    signing_keys: str = field(repr=False)
    # The file of the signing keys, which is read anew when they are renewed.
    signing_keys_file: str = ""
    # Who is made the first admin while there is none; nobody when empty.
    admin_email: str = ""
    # The first admin's password; needed with an e-mail, and without effect once there is an admin.
    admin_password: str = field(default="", repr=False)
    # How long an access token is valid. The web client never refreshes, so it has to live as long as a session should.
    access_days: int = 7
    # How long a session can be refreshed.
    refresh_days: int = 30
    # However often it is refreshed, a session ends after so many days.
    session_days: int = 90
    # How long a session is kept after it could last be refreshed, with its address and browser, for who asks from where
    # somebody was signed in; the audit trail keeps the sign-ins for ever.
    session_keep_days: int = 180
    # How long a sign-in lasts that is not to be remembered, and one as somebody else.
    unremembered_hours: int = 12
    # How many sessions one person may have at once; another sign-in ends the oldest.
    sessions_per_user: int = 3
    # Failed sign-ins from one address of the network in a quarter of an hour, whatever the accounts. Offices share one.
    failures_per_network: int = 100
    # Links asked for, and admins registered, in an hour for one address of e-mail.
    requests_per_email: int = 5
    # Links asked for, and admins registered, in an hour from one address of the network.
    requests_per_network: int = 30
    # Accounts whose password cannot be changed and that nobody may act as.
    protected_emails: tuple[str, ...] = ()
    # Who keeps the passwords: `local`, or `supabase`.
    provider: str = "local"
    # The Supabase project, for the provider `supabase`.
    supabase_url: str = ""
    # Its service key.
    supabase_api_key: str = field(default="", repr=False)
    # What an old project signs its tokens with; a new one has none.
    supabase_jwt_secret: str = field(default="", repr=False)
    # Sign-in with Google, off without an id.
    google_client_id: str = ""
    # The other half of it.
    google_client_secret: str = field(default="", repr=False)
    # Who vouches for people of Google; another one only for tests.
    google_issuer: str = "https://accounts.google.com"
    # Sign-in with GitHub, off without an id.
    github_client_id: str = ""
    # The other half of it.
    github_client_secret: str = field(default="", repr=False)
    # Where people sign in to GitHub; another address for an own server.
    github_url: str = "https://github.com"
    # Where GitHub tells who they are; another address for an own server.
    github_api_url: str = "https://api.github.com"
    # How dear a password hash is, as a power of two: 12 takes a quarter of a second.
    bcrypt_cost: int = 12
    # How many password hashes one web process computes at once.
    hashes_at_once: int = len(os.sched_getaffinity(0))
    # Threads of each process of the web role; most wait for a password hash and cost nothing but memory.
    web_threads: int = 72
    # Where the web client is, for the links in mails; without a slash at its end.
    frontend_url: str = "http://localhost:3000"

    def __post_init__(self) -> None:
        StorageSettings.__post_init__(self)
        TokenSigner(self.signing_keys)
        self._check_sessions()
        self._check_provider()
        if self.environment == production.PRODUCTION and (faults := [*self._production_faults()]):
            raise BadSettings("; ".join(faults))
        if self.admin_email:
            try:
                check_password(self.admin_password, password_rules(MIN_CHARACTERS))
            except WeakPassword as error:
                raise BadSettings(f"IDENTITY_ADMIN_PASSWORD: {error}") from error

    def _production_faults(self) -> Iterator[str]:
        yield from production.address_faults("FRONTEND_URL", self.frontend_url)
        if self.bcrypt_cost < _LEAST_BCRYPT_COST:
            yield f"IDENTITY_BCRYPT_COST must be at least {_LEAST_BCRYPT_COST}: cheaper hashes are for tests"
        names = ("failures_per_network", "requests_per_email", "requests_per_network")
        yield from production.limit_faults({f"IDENTITY_{name.upper()}": getattr(self, name) for name in names})

    def _check_sessions(self) -> None:
        if not 0 < self.access_days <= self.refresh_days <= self.session_days:
            raise BadSettings(
                "IDENTITY_ACCESS_DAYS, _REFRESH_DAYS and _SESSION_DAYS: each at least as long as the former."
            )
        if self.session_keep_days < 1:
            raise BadSettings("IDENTITY_SESSION_KEEP_DAYS must be at least 1.")
        if self.sessions_per_user < 1:
            raise BadSettings("IDENTITY_SESSIONS_PER_USER must be at least 1.")

    def _check_provider(self) -> None:
        if self.provider not in ("local", "supabase"):
            raise BadSettings("IDENTITY_PROVIDER must be `local` or `supabase`.")
        if self.provider == "supabase" and not (self.supabase_url and self.supabase_api_key):
            raise BadSettings("IDENTITY_SUPABASE_URL and IDENTITY_SUPABASE_API_KEY are missing.")
        for name in ("google", "github"):
            if bool(getattr(self, f"{name}_client_id")) != bool(getattr(self, f"{name}_client_secret")):
                raise BadSettings(f"IDENTITY_{name.upper()}_CLIENT_ID and _CLIENT_SECRET: one is missing.")

    @property
    def places_for_sign_ins(self) -> int:
        """How many requests may wait for a hash at once; the other threads stay for everybody else."""
        return max(1, self.web_threads - _THREADS_FOR_OTHERS)

    @property
    def seal_of_links(self) -> Seal:
        """Seals the links that notifications mails, so that only its workers can open them."""
        return Seal([self.keys_of("identity").signing["notifications"].hex()])

    @property
    def lifetimes(self) -> Lifetimes:
        """How long tokens are valid."""
        return Lifetimes(
            access=timedelta(days=self.access_days),
            refresh=timedelta(days=self.refresh_days),
            session=timedelta(days=self.session_days),
            unremembered=timedelta(hours=self.unremembered_hours),
        )

    @property
    def supabase(self) -> Supabase | None:
        """The project that keeps the passwords, None when they are kept here."""
        if self.provider != "supabase":
            return None
        return Supabase(self.supabase_url, api_key=self.supabase_api_key, jwt_secret=self.supabase_jwt_secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """What renewing the keys needs to know; made from the same variables as Settings."""

    signing_keys_file: str
    # Where the public halves are published, when that is a file and not this service.
    jwks_url: str = ""
    refresh_days: int = 30

    @property
    def public_file(self) -> Path | None:
        """The file that everybody who verifies tokens reads, None when they ask this service."""
        parts = urlsplit(self.jwks_url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None
