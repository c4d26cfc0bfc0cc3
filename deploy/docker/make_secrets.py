"""`python -m deploy.docker.make_secrets`: the secret files that docker-compose.yml mounts, made once.

A container sees each file with the mode it has here and reads it as a user of its own, so the files are readable; the
folder around them is closed to everybody but its owner.
"""

import json
import secrets
import sys
from pathlib import Path

from deploy.database.provision import DATABASE, SERVICES
from deploy.local.credentials import ADMIN_EMAIL, strong_password
from services.identity.credentials.keys import new_signing_key

FOLDER = Path(__file__).resolve().parents[1] / "secrets"
BROKER_USER = "millenium"


def make_secrets() -> dict[str, str]:
    """The content of each secret file, by its name."""
    superuser, broker = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    return {
        "postgres_password": superuser,
        "admin_database_url": f"postgresql://postgres:{superuser}@postgres:5432/postgres",
        **{f"{name}_database_url": _database_url(name) for name in SERVICES},
        "rabbitmq.conf": f"default_user = {BROKER_USER}\ndefault_pass = {broker}\n",
        "broker_url": f"amqp://{BROKER_USER}:{broker}@rabbitmq:5672//",
        "internal_secret": secrets.token_urlsafe(32),
        "signing_keys": json.dumps(new_signing_key()),
        "admin_password": strong_password(),
    }


def _database_url(name: str) -> str:
    return f"postgresql+psycopg://{name}:{secrets.token_urlsafe(24)}@postgres:5432/{DATABASE}"


def main() -> None:
    if FOLDER.exists():
        sys.exit(f"{FOLDER} is there already. Passwords in it are those of the data, so it is left alone.")
    partial = FOLDER.with_name("secrets.partial")
    partial.mkdir(mode=0o700)
    for name, content in make_secrets().items():
        (partial / name).write_text(content)
        (partial / name).chmod(0o444)
    partial.rename(FOLDER)
    print(f"Made {FOLDER}. The first admin is {ADMIN_EMAIL}; the password is in {FOLDER / 'admin_password'}.")


if __name__ == "__main__":
    main()
