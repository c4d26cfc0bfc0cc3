"""Settings of identity."""

import os
from dataclasses import dataclass, field
from datetime import timedelta

from services.identity.credentials.tokens import TokenSigner
from services.identity.domain.password import WeakPassword, check_password
from services.identity.domain.session import Lifetimes
from shared.settings import BadSettings, BaseSettings

_THREADS_FOR_OTHERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(BaseSettings):
    """Made at start by read_settings(Settings, os.environ, prefix="IDENTITY")."""

    bind: str = "127.0.0.1:8101"
    signing_keys: str = field(repr=False)
    admin_email: str = ""
    admin_password: str = field(default="", repr=False)
    # The web client never refreshes, so an access token has to live as long as a session should.
    access_days: int = 7
    refresh_days: int = 30
    sessions_per_user: int = 3
    bcrypt_cost: int = 12
    hashes_at_once: int = len(os.sched_getaffinity(0))
    # Most of these threads wait for a password hash and cost nothing but memory.
    web_threads: int = 72

    def __post_init__(self) -> None:
        BaseSettings.__post_init__(self)
        TokenSigner(self.signing_keys)
        if self.admin_email:
            try:
                check_password(self.admin_password)
            except WeakPassword as error:
                raise BadSettings(f"IDENTITY_ADMIN_PASSWORD: {error}") from error

    @property
    def places_for_sign_ins(self) -> int:
        """How many requests may wait for a hash at once; the other threads stay for everybody else."""
        return max(1, self.web_threads - _THREADS_FOR_OTHERS)

    @property
    def lifetimes(self) -> Lifetimes:
        """How long tokens are valid."""
        return Lifetimes(timedelta(days=self.access_days), timedelta(days=self.refresh_days))
