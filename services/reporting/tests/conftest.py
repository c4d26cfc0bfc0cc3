"""Fixtures of reporting's tests."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask.testing import FlaskClient

from services.reporting.__main__ import SERVICE
from services.reporting.consumers import TrailKey
from services.reporting.domain.chain import Key
from shared.context import Role
from shared.db import Sessions, make_sessions
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.testing import Fixtures, SignedIn, as_superuser, empty

AUDIT_KEY = "only-for-the-audit-trail-of-these-tests"
TrailKey.use(Key.of(AUDIT_KEY))
fixtures = Fixtures(SERVICE, audit_keys=(AUDIT_KEY,))
database, settings, app, sign_in = fixtures.database, fixtures.settings, fixtures.app, fixtures.sign_in
client = fixtures.client

_BEGINS_WITH = """
INSERT INTO reporting.audit_chain VALUES (1, 0, decode(repeat('00', 32), 'hex'));
INSERT INTO reporting.history VALUES (1, now());
"""


@pytest.fixture
def superuser(postgres_admin_url: str, settings: BaseSettings) -> Iterator[psycopg.Connection]:
    """A connection to the service's database as somebody whom no privilege holds back."""
    with as_superuser(postgres_admin_url, settings.database_url) as connection:
        yield connection


@pytest.fixture
def sessions(settings: BaseSettings, superuser: psycopg.Connection) -> Iterator[Sessions]:
    """Sessions on an emptied schema. The service itself may not empty its audit trail, so the superuser does."""
    empty(superuser, "reporting")
    superuser.execute(_BEGINS_WITH)
    engine = make_engine(settings.database_url, pool_size=10)
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def stranger(sign_in: Callable[..., SignedIn]) -> SignedIn:
    """A credit officer under somebody else."""
    return sign_in(Role.CREDIT_OFFICER)


@pytest.fixture
def get(client: FlaskClient) -> Callable[..., object]:
    """Ask for a page as somebody; fails unless the answer has the status expected."""

    def ask(path: str, who: SignedIn, status: int = 200, **query: str) -> object:
        answer = client.get(path, headers=who.headers, query_string=query)
        assert answer.status_code == status, answer.json
        return answer.json

    return ask
