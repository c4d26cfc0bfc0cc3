"""Every setting of membership, read once at start with the prefix MEMBERSHIP."""

from dataclasses import dataclass

from shared.storage.settings import StorageSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StorageSettings):
    """Membership needs what every service that keeps files needs."""

    bind: str = "127.0.0.1:8102"
