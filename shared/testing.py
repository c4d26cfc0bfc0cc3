"""What tests of every service share: a migrated schema on a real PostgreSQL, signed tokens, contract checks."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import jsonschema
import jwt
import orjson
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from jwt.algorithms import OKPAlgorithm
from psycopg import sql
from sqlalchemy import event, insert, make_url, select

from deploy.broker.keys import EVERYBODY
from deploy.database.provision import DatabaseUrls, Passwords, provision
from shared import migrations
from shared.cli import ServiceParts
from shared.clock import now
from shared.context import Actor, Context, Role
from shared.db import Sessions, UnitOfWork, make_sessions
from shared.directory.tables import directory_staff
from shared.forwarding import ADDRESS, REQUEST_ID, SIGNATURE, signature_of
from shared.ids import new_id
from shared.messaging.contracts import SERVICES, read_contracts
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.messaging.signatures import EventKeys, derive_keys
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.storage.settings import StorageSettings
from shared.tokens import ALGORITHM, AUDIENCE, ISSUER

T = TypeVar("T")
INTERNAL_SECRET = "only-for-tests-" + secrets.token_hex(16)
_EVENT_SECRET = secrets.token_hex(32)
# For a PostgreSQL that outlives no crash: those that do, in tests of kills, have their own.
_IN_HASTE = {"fsync": "off", "full_page_writes": "off", "scram_iterations": "1"}
# Row by row and without triggers: new files for the forty tables of a service take longer than most tests.
_EMPTIED = """
DO $$
DECLARE
    one regclass; holds boolean; deleted bigint;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = {schema}::regnamespace
                                          AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO holds;
        CONTINUE WHEN NOT holds;
        EXECUTE format('DELETE FROM %s', one);
        GET DIAGNOSTICS deleted = ROW_COUNT;
        -- What is left of so many rows would be in the way of all tests that follow.
        IF deleted > 2000 THEN EXECUTE format('TRUNCATE %s CASCADE', one); END IF;
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false)
       FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid JOIN pg_depend ON objid = seqrelid
      WHERE relnamespace = {schema}::regnamespace AND deptype IN ('a', 'i');
END $$
"""


@cache
def _validators_in(folder: Path) -> dict[str, jsonschema.Draft202012Validator]:
    formats = jsonschema.FormatChecker()
    return {
        event_type: jsonschema.Draft202012Validator(contract, format_checker=formats)
        for event_type, contract in read_contracts(folder).items()
    }


def eventually(ask: Callable[[], T], *, seconds: float = 10.0) -> T:
    """Ask again until the answer is true, and return it; fail after `seconds`. For effects that arrive by event."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not come true within {seconds} s.")
        time.sleep(0.01)
    return answer


def event_keys(service: str, *others: str) -> EventKeys:
    """Keys of events for tests, of the services there are and of `others`."""
    return derive_keys(_EVENT_SECRET, service, {*EVERYBODY, service, *others})


def forwarded_for(address: str) -> dict[str, str]:
    """The headers by which the gateway says for whom it speaks."""
    request_id = str(new_id())
    signature = signature_of(address, request_id, INTERNAL_SECRET)
    return {ADDRESS: address, REQUEST_ID: request_id, SIGNATURE: signature}


class SigningKey:
    """A key pair as identity has one, with its public half in a file."""

    def __init__(self, folder: Path) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.kid = secrets.token_hex(4)
        public = OKPAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        path = folder / "jwks.json"
        path.write_bytes(orjson.dumps({"keys": [public | {"kid": self.kid, "alg": ALGORITHM, "use": "sig"}]}))
        self.jwks_url = path.as_uri()

    def token(self, actor: Actor, **changes: Any) -> str:
        """An access token of an hour for `actor`; `changes` replace claims, None removes one."""
        issued_at = int(time.time())
        claims = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": str(actor.id), "userId": str(actor.id), "email": actor.email,
            "role": actor.role.value, "sid": str(actor.session_id), "jwtId": str(new_id()), "typ": "access",
            "iat": issued_at, "exp": issued_at + 3600,
        } | changes  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self._private, algorithm=ALGORITHM, headers={"kid": self.kid})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who may call the API: headers for the test client, and who they are."""

    actor: Actor
    headers: dict[str, str]

    @property
    def id(self) -> UUID:
        return self.actor.id


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return SigningKey(tmp_path_factory.mktemp("keys"))


def published_types(uow: UnitOfWork) -> list[str]:
    """The types of the events in this unit of work, each checked against its contract; audit entries left out."""
    return [envelope.type for envelope in published_events(uow) if ".audit." not in envelope.type]


def published_events(uow: UnitOfWork) -> list[Envelope]:
    """The events this unit of work publishes, each checked against its contract."""
    uow.flush()
    ids = [envelope.id for envelope in uow.published]
    bodies = uow.session.execute(select(outbox.c.body).where(outbox.c.id.in_(ids)).order_by(outbox.c.seq)).scalars()
    envelopes = [Envelope.from_json(body) for body in bodies]
    for envelope in envelopes:
        check_contract(envelope)
    return envelopes


def check_contract(envelope: Envelope) -> None:
    """Raise when an event breaks the promise its publisher made of it."""
    _validators_in(SERVICES / envelope.source / "contracts")[envelope.type].validate(envelope.data)


class Fixtures:
    """The fixtures of one service's tests; its conftest takes what it needs by name.

    `database` (session): URL of the migrated schema · `settings` · `sessions` (emptied before each test) · `uow` ·
    `app` · `client` · `sign_in(role, supervisor_id=None)` · `statements` the app sends to the database.
    """

    def __init__(self, service: ServiceParts, **settings: Any) -> None:
        self.database = pytest.fixture(scope="session", name="database")(_database(service))
        self.settings = pytest.fixture(scope="session", name="settings")(_settings(service, settings))
        self.sessions = pytest.fixture(name="sessions")(_sessions(service.name))
        self.uow = pytest.fixture(name="uow")(_uow(service.name))
        self.app = pytest.fixture(scope="session", name="app")(_app(service))
        self.client = pytest.fixture(name="client")(_client)
        self.sign_in = pytest.fixture(name="sign_in")(_sign_in)
        self.statements = pytest.fixture(name="statements")(_statements)


@contextmanager
def temporary_database(admin_url: str, *services: str) -> Iterator[dict[str, DatabaseUrls]]:
    """A database with the empty schemas of these services, for the length of a test; their roles stay."""
    name = f"mp_{services[0]}_{secrets.token_hex(4)}"
    passwords = {service: Passwords(secrets.token_hex(16), secrets.token_hex(16)) for service in services}
    try:
        yield provision(admin_url, passwords, database=name)
    finally:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def as_superuser(admin_url: str, database_url: str) -> psycopg.Connection:
    """A connection to the database of another URL as somebody whom no privilege holds back."""
    return psycopg.connect(admin_url, dbname=make_url(database_url).database, autocommit=True)


def empty(admin: psycopg.Connection, schema: str) -> None:
    """Leave nothing in the tables of a schema but which migration they are of; what they count begins anew."""
    admin.execute(sql.SQL(_EMPTIED).format(schema=sql.Literal(schema)))


def _database(service: ServiceParts) -> Any:
    def database(postgres_admin_url: str) -> Iterator[str]:
        with temporary_database(postgres_admin_url, service.name) as urls:
            migrations.upgrade(service.folder / "migrations", urls[service.name].owner)
            yield urls[service.name].running

    return database


def _settings(service: ServiceParts, more: dict[str, Any]) -> Any:
    def settings(database: str, signing_key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> BaseSettings:
        values: dict[str, Any] = {
            "database_url": database,
            "broker_url": "memory://",
            "jwks_url": signing_key.jwks_url,
            "internal_secret": INTERNAL_SECRET,
            "event_keys": event_keys(service.name).to_text(),
            "bind": "127.0.0.1:0",
            "environment": "development",
        }
        if issubclass(service.settings, StorageSettings):
            values["storage_folder"] = str(tmp_path_factory.mktemp("files"))
        made = service.settings(**(values | more))
        if service.after_migrate:
            service.after_migrate(made)
        return made

    return settings


def _sessions(name: str) -> Any:
    def sessions(settings: BaseSettings, postgres_admin_url: str) -> Iterator[Sessions]:
        # A service itself may not empty its tables.
        with as_superuser(postgres_admin_url, settings.database_url) as admin:
            empty(admin, name)
        engine = make_engine(settings.database_url, pool_size=10)
        yield make_sessions(engine)
        with engine.connect() as connection:
            bodies = connection.scalars(select(outbox.c.body).order_by(outbox.c.seq)).all()
        engine.dispose()
        # Whatever the test was about: nothing is published that breaks its contract.
        for body in bodies:
            check_contract(Envelope.from_json(body))

    return sessions


def _uow(name: str) -> Any:
    def uow(sessions: Sessions) -> Iterator[UnitOfWork]:
        with sessions() as session:
            yield UnitOfWork(session, Context(actor=an_actor(Role.ADMIN)), name)
            session.rollback()

    return uow


def _app(service: ServiceParts) -> Any:
    def app(settings: BaseSettings) -> Flask:
        return service.create_app(settings)

    return app


def _client(app: Flask, sessions: Sessions) -> FlaskClient:
    return app.test_client()


def _statements(app: Flask) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    extension = app.extensions["mp"]
    engines = (extension.reading_engine, extension.searching_engine, extension.sessions.kw["bind"])
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    execute = psycopg.RawCursor.execute

    def note_raw(cursor: Any, statement: Any, values: Any) -> Any:
        sent.append(statement)
        return execute(cursor, statement, values)

    with pytest.MonkeyPatch.context() as patch:
        # What psycopg executes past SQLAlchemy (shared/postgres/read_statement.py).
        patch.setattr(psycopg.RawCursor, "execute", note_raw)
        yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def an_actor(role: Role, user_id: UUID | None = None) -> Actor:
    """Somebody of a role who exists nowhere else."""
    identifier = user_id or new_id()
    return Actor(identifier, f"{role.lower()}-{identifier.hex[-6:]}@example.org", role, new_id())


def _sign_in(sessions: Sessions, signing_key: SigningKey) -> Callable[..., SignedIn]:
    def sign_in(role: Role, *, supervisor_id: UUID | None = None, user_id: UUID | None = None) -> SignedIn:
        actor = an_actor(role, user_id)
        with sessions.begin() as session:
            session.execute(
                insert(directory_staff).values(
                    id=actor.id, email=actor.email, first_name="Ada", last_name=f"Obi {actor.id.hex[-4:]}",
                    role=role.value, supervisor_id=supervisor_id, is_active=True, is_deleted=False,
                    created_at=now(), version=1,
                )
            )  # fmt: skip
        return SignedIn(actor, {"Authorization": f"Bearer {signing_key.token(actor)}"})

    return sign_in


@pytest.fixture
def admin(sign_in: Callable[..., SignedIn]) -> SignedIn:
    """An admin."""
    return sign_in(Role.ADMIN)


@pytest.fixture
def supervisor(sign_in: Callable[..., SignedIn]) -> SignedIn:
    """A supervisor of nobody yet."""
    return sign_in(Role.SUPERVISOR)


@pytest.fixture
def officer(sign_in: Callable[..., SignedIn], supervisor: SignedIn) -> SignedIn:
    """A credit officer under `supervisor`."""
    return sign_in(Role.CREDIT_OFFICER, supervisor_id=supervisor.id)


@pytest.fixture
def other_officer(sign_in: Callable[..., SignedIn]) -> SignedIn:
    """A credit officer under nobody."""
    return sign_in(Role.CREDIT_OFFICER)


@pytest.fixture(scope="session")
def postgres_admin_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of its own for this run, or the one of TEST_POSTGRES_URL, as its superuser."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
        return
    from deploy.local.postgres import temporary_postgres

    with temporary_postgres(tmp_path_factory.mktemp("postgres"), _IN_HASTE) as url:
        yield url


@pytest.fixture(scope="session")
def broker_url() -> str:
    """The real RabbitMQ of this run; `make test` finds or starts one and says which."""
    url = os.environ.get("BROKER_URL")
    if not url:
        pytest.fail("BROKER_URL is not set: run the tests with `make test`, which finds or starts a RabbitMQ.")
    return url
