"""New secrets for old ones, in the files that `make up` or compose reads at the next start."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from secrets import token_urlsafe

from deploy.broker.definitions import USERS
from deploy.broker.keys import EVERYBODY
from deploy.database.provision import SERVICES, owner_of
from deploy.docker.make_secrets import write_missing
from deploy.local.credentials import write_secret

_ROLES = [role for service in SERVICES for role in (service, owner_of(service))]
AUDIT = "audit"
# What belongs together, by the files of `make up` and by those of compose.
_LOCAL: Mapping[str, list[str]] = {
    "database": _ROLES,
    "broker": [f"rabbitmq-{user}" for user in USERS],
    "events": ["events"],
    "internal": ["internal"],
}
_COMPOSE: Mapping[str, list[str]] = {
    "database": [f"{role}_database_url" for role in _ROLES],
    "broker": ["outside_broker_url", *(f"{user}_broker_url" for user in USERS)],
    "events": ["event_secret", *(f"{name}_event_keys" for name in EVERYBODY)],
    "internal": ["internal_secret"],
}
RENEWABLE = (*_LOCAL, AUDIT)


def renew_local(secrets: Path, what: str) -> list[str]:
    """Renew a kind of secret in the folder of `make up`; returns the names of the files."""
    if what == AUDIT:
        return [_add_key(secrets / "audit-keys", mode=0o600)]
    # What is missing is made at the next start.
    return _remove(secrets / name for name in _LOCAL[what])


def renew_compose(secrets: Path, what: str) -> list[str]:
    """Renew a kind of secret in the folder of compose; returns the names of the files, also of those that follow."""
    if what == AUDIT:
        return [_add_key(secrets / "reporting_audit_keys", mode=0o444)]
    _remove(secrets / name for name in _COMPOSE[what])
    return write_missing(secrets)


def _remove(paths: Iterable[Path]) -> list[str]:
    existing = [path for path in paths if path.exists()]
    for path in existing:
        path.unlink()
    return [path.name for path in existing]


def _add_key(path: Path, mode: int) -> str:
    """Put a new key before the old ones, which what is there already is verified with."""
    write_secret(path, f"{token_urlsafe(32)},{path.read_text()}")
    path.chmod(mode)
    return path.name
