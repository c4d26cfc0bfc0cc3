"""Every setting of reporting, read once at start with the prefix REPORTING."""

from dataclasses import dataclass

from shared.settings import BaseSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(BaseSettings):
    """Reporting needs nothing beyond what every service needs."""

    bind: str = "127.0.0.1:8105"
