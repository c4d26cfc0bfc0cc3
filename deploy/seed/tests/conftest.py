"""Two empty institutions in a PostgreSQL of their own: one to be seeded, one to be played."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from deploy.database.provision import SERVICES, Passwords, provision
from deploy.local.postgres import temporary_postgres
from services.reporting.consumers import TrailKey
from services.reporting.domain.chain import Key
from shared import migrations
from shared.db import Sessions, make_sessions
from shared.messaging.handlers import Handlers
from shared.postgres.engine import make_engine

# The roles belong to the whole cluster, so both institutions share them; another run's must not be touched.
PASSWORDS = dict.fromkeys(SERVICES, Passwords("only-for-this-test", "only-for-this-test-too"))

AUDIT_KEY = "only-for-the-audit-trail-of-this-test"


@dataclass(frozen=True, slots=True)
class Institution:
    """The databases of the five services, and what each of them follows."""

    owner_urls: dict[str, str]
    sessions: dict[str, Sessions]
    handlers: dict[str, Handlers]


@pytest.fixture(scope="session")
def postgres_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server says that all of this happens on."""
    return tmp_path_factory.mktemp("postgres") / "postgres.log"


@pytest.fixture(scope="session")
def admin_url(postgres_log: Path) -> Iterator[str]:
    with temporary_postgres(postgres_log.parent) as url:
        yield url


@pytest.fixture(scope="session")
def seeded(admin_url: str) -> Iterator[Institution]:
    yield from _institution(admin_url, "seeded")


@pytest.fixture(scope="session")
def played(admin_url: str) -> Iterator[Institution]:
    yield from _institution(admin_url, "played")


@pytest.fixture(scope="session")
def paged(admin_url: str) -> Iterator[Institution]:
    """A third one, for pages that nobody commits."""
    yield from _institution(admin_url, "paged")


def _institution(admin_url: str, name: str) -> Iterator[Institution]:
    urls = provision(admin_url, PASSWORDS, database=name)
    TrailKey.use(Key.of(AUDIT_KEY))
    parts = {service: import_module(f"services.{service}.__main__").SERVICE for service in SERVICES}
    for service, url in urls.items():
        migrations.upgrade(parts[service].folder / "migrations", url.owner)
    engines = {service: make_engine(url.running, pool_size=2) for service, url in urls.items()}
    yield Institution(
        {service: url.owner for service, url in urls.items()},
        {service: make_sessions(engine) for service, engine in engines.items()},
        {service: part.handlers for service, part in parts.items()},
    )
    for engine in engines.values():
        engine.dispose()
