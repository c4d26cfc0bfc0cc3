"""Every setting of membership, read once at start with the prefix MEMBERSHIP."""

from dataclasses import dataclass

from shared.jobs.settings import JobSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(JobSettings):
    """Membership needs what every service that makes files aside needs."""

    bind: str = "127.0.0.1:8102"
