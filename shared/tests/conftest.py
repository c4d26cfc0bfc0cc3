"""A service of one table, for testing what all services share."""

import gzip
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer

import brotli
import pytest
import sentry_sdk
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from shared import error_reports
from shared.db import Sessions, make_sessions
from shared.ids import new_id
from shared.messaging import bus
from shared.messaging.events import Event
from shared.messaging.handlers import CauseMissing, Handlers, Payload
from shared.migrations import SHARED_METADATA
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.testing import as_superuser, event_keys, temporary_database

sample_metadata = MetaData()
heard = Table("heard", sample_metadata, Column("number", Integer, nullable=False))


@dataclass(frozen=True)
class Happened(Event):
    type = "sample.thing.happened.v1"
    number: int


class HappenedPayload(Payload):
    number: int


def happened(number: int) -> Happened:
    return Happened(new_id(), 1, number)


def numbers_heard(sessions: Sessions) -> list[int]:
    with sessions() as session:
        return sorted(session.execute(select(heard.c.number)).scalars())


@pytest.fixture(scope="session")
def sample_database(postgres_admin_url: str) -> Iterator[str]:
    with temporary_database(postgres_admin_url, "sample") as urls:
        engine = make_engine(urls["sample"].owner, pool_size=1)
        for metadata in (*SHARED_METADATA, sample_metadata):
            metadata.create_all(engine)
        engine.dispose()
        yield urls["sample"].running


@pytest.fixture
def sessions(sample_database: str, postgres_admin_url: str) -> Iterator[Sessions]:
    with as_superuser(postgres_admin_url, sample_database) as admin:
        admin.execute("SET search_path = sample")
        admin.execute("TRUNCATE outbox, inbox, deferred_event, idempotency, tally, heard, epoch, handled_anew")
    engine = make_engine(sample_database, pool_size=10)
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def settings(sample_database: str, broker_url: str) -> Iterator[BaseSettings]:
    yield BaseSettings(
        database_url=sample_database,
        broker_url=broker_url,
        jwks_url="file:///dev/null",
        internal_secret=secrets.token_hex(16),
        event_keys=event_keys("sample").to_text(),
        bind="127.0.0.1:0",
        environment="development",
        bus_subscribers=("sample",),
    )
    with bus.connect(broker_url) as broker, broker.channel() as channel:
        for queue in ("mp.sample.dead", "mp.sample"):
            channel.queue_delete(queue)
        for exchange in ("mp.sample", "mp.sample.ready"):
            channel.exchange_delete(exchange)


@pytest.fixture
def refused() -> dict[int, Exception]:
    """Numbers the sample service cannot handle, and what it raises then."""
    return {}


@pytest.fixture
def handlers(refused: dict[int, Exception]) -> Handlers:
    handlers = Handlers("sample")

    @handlers.on("sample.thing.happened.v1", payload=HappenedPayload)
    def hear(uow, happened, envelope):
        uow.session.execute(insert(heard).values(number=happened.number))
        if happened.number in refused:
            raise refused[happened.number]

    return handlers


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What a Sentry of our own receives."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unfold = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers["Content-Encoding"], bytes)
            received.append(unfold(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The tests look at what was received."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(error_reports, "_reporting", False)
    error_reports.start(f"http://key@127.0.0.1:{server.server_address[1]}/42", service="lending", environment="testing")
    yield received
    sentry_sdk.get_client().close()
    server.shutdown()
    server.server_close()


__all__ = ["CauseMissing", "happened", "numbers_heard"]
