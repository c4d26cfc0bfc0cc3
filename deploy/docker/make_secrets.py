"""`python -m deploy.docker.make_secrets`: the secret files that docker-compose.yml mounts; what is there already stays.

A container sees each file with the mode it has here and reads it as a user of its own, so the files are readable; the
folder around them is closed to everybody but its owner.
"""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.broker.definitions import FORWARDER, USERS, definitions
from deploy.broker.keys import event_keys
from deploy.database.provision import DATABASE, SERVICES, owner_of
from deploy.local.credentials import ADMIN_EMAIL, strong_password
from services.identity.credentials.keys import new_signing_key
from shared.messaging import bus

FOLDER = Path(__file__).resolve().parents[1] / "secrets"


def make_secrets(kept: Mapping[str, str] | None = None) -> dict[str, str]:
    """The content of each secret file, by its name; those of `kept` are as they were, and others fit to them."""
    made = dict(kept or {})
    superuser = made.setdefault("postgres_password", secrets.token_urlsafe(24))
    made.setdefault("admin_database_url", f"postgresql://postgres:{superuser}@postgres:5432/postgres")
    for name in SERVICES:
        made.setdefault(f"{name}_database_url", _database_url(name))
        made.setdefault(f"{owner_of(name)}_database_url", _database_url(owner_of(name)))
    for name in USERS:
        made.setdefault(f"{name}_broker_url", _broker_url(name))
    made.setdefault("outside_broker_url", bus.outside(made[f"{FORWARDER}_broker_url"]))
    made["broker_definitions"] = definitions({name: _password(made[f"{name}_broker_url"]) for name in USERS})
    made.setdefault("internal_secret", secrets.token_urlsafe(32))
    made.setdefault("reporting_audit_keys", secrets.token_urlsafe(32))
    made.setdefault("signing_keys", json.dumps(new_signing_key()))
    made.setdefault("admin_password", strong_password())
    made.setdefault("grafana_password", strong_password())
    made.setdefault("event_secret", secrets.token_urlsafe(32))
    for name, keys in event_keys(made["event_secret"]).items():
        # Made anew each time: they follow from the secret, and there is one more pair for each new service.
        made[f"{name}_event_keys"] = keys
    return made


def _database_url(name: str) -> str:
    return f"postgresql+psycopg://{name}:{secrets.token_urlsafe(24)}@postgres:5432/{DATABASE}"


def _broker_url(name: str) -> str:
    return f"amqp://{name}:{secrets.token_urlsafe(24)}@rabbitmq:5672//"


def _password(url: str) -> str:
    password = urlsplit(url).password
    if not password:
        raise ValueError(f"{url} has no password")
    return password


def write_missing(folder: Path) -> list[str]:
    """Write the secret files that `folder` lacks, or that no longer fit to the others, and return their names."""
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = {path.name: path.read_text() for path in folder.iterdir() if not path.name.endswith(".partial")}
    missing = {name: content for name, content in make_secrets(kept).items() if kept.get(name) != content}
    for name, content in missing.items():
        # Complete or not at all, so that one that is there is always one that was used.
        partial = folder / f"{name}.partial"
        partial.write_text(content)
        partial.chmod(0o444)
        partial.rename(folder / name)
    return list(missing)


def main() -> None:
    is_first = not FOLDER.exists()
    added = write_missing(FOLDER)
    if is_first:
        print(f"Made {FOLDER}. The first admin is {ADMIN_EMAIL}; the password is in {FOLDER / 'admin_password'}.")
    elif added:
        print(f"Added to {FOLDER}: {', '.join(added)}. What was there is as it was.")
    else:
        print(f"Nothing was missing in {FOLDER}, so nothing was changed.")


if __name__ == "__main__":
    main()
