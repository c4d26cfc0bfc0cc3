"""`python -m services.identity web|worker|migrate|dead-letters|replay-events|new-signing-key|rotate-keys`."""

import argparse
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

from services.identity.consumers import handlers
from services.identity.credentials.keys import PUBLISHED_AHEAD, new_signing_key, rotate_file
from services.identity.settings import KeySettings, Settings
from services.identity.usecases.institution import found_institution
from services.identity.usecases.registration import ensure_an_admin
from services.identity.worker import make_worker
from shared import production
from shared.cli import Command, ServiceParts, main
from shared.clock import now
from shared.db import make_engine, make_sessions, unit_of_work
from shared.settings import read_settings


def found(settings: Settings) -> None:
    """Give a new installation its settings, and make the admin named in the environment unless there is one."""
    engine = make_engine(settings.database_url, pool_size=1)
    with unit_of_work(make_sessions(engine), SERVICE.name) as uow:
        found_institution(uow, is_production=settings.environment == production.PRODUCTION)
    engine.dispose()
    if settings.admin_email:
        _make_first_admin(settings)


def _make_first_admin(settings: Settings) -> None:
    # Only here, as it belongs to the web side, which a worker does without.
    from services.identity.app import password_hashes

    engine = make_engine(settings.database_url, pool_size=1)
    email, password = settings.admin_email.strip().lower(), settings.admin_password
    with unit_of_work(make_sessions(engine), SERVICE.name) as uow:
        ensure_an_admin(uow, password_hashes(settings), email=email, password=password, at=now())
    engine.dispose()


def _print_new_signing_key(_service: ServiceParts, _options: argparse.Namespace) -> None:
    sys.stdout.write(json.dumps(new_signing_key()) + "\n")


def _rotate_keys(service: ServiceParts, _options: argparse.Namespace) -> None:
    settings = read_settings(KeySettings, os.environ, prefix=service.name.upper())
    renewed = rotate_file(
        Path(settings.signing_keys_file),
        settings.public_file,
        now=now().timestamp(),
        longest_life=timedelta(days=settings.refresh_days),
    )
    newest, *older = (key["kid"] for key in renewed["keys"])
    wait = int(PUBLISHED_AHEAD.total_seconds())
    sys.stdout.write(f"{newest} signs from {wait} s on. Still believed: {', '.join(older)}.\n")


SERVICE = ServiceParts(
    name="identity",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.identity.app:create_app",
    make_worker=make_worker,
    after_migrate=found,
    commands={
        "new-signing-key": Command(_print_new_signing_key, "print a new private key"),
        "rotate-keys": Command(_rotate_keys, "put a new signing key into use; signs nobody out"),
    },
)

if __name__ == "__main__":
    main(SERVICE)
