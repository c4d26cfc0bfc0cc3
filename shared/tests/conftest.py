"""A service of one table, for testing what all services share."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from marshmallow import fields
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from deploy.database.provision import provision
from shared.db import Sessions, make_engine, make_sessions
from shared.ids import new_id
from shared.messaging import bus
from shared.messaging.events import Event
from shared.messaging.handlers import CauseMissing, EventSchema, Handlers
from shared.migrations import SHARED_METADATA
from shared.settings import BaseSettings

sample_metadata = MetaData()
heard = Table("heard", sample_metadata, Column("number", Integer, nullable=False))


@dataclass(frozen=True)
class Happened(Event):
    type = "sample.thing.happened.v1"
    number: int


class HappenedSchema(EventSchema):
    number = fields.Integer(required=True)


def happened(number: int) -> Happened:
    return Happened(new_id(), 1, number)


def numbers_heard(sessions: Sessions) -> list[int]:
    with sessions() as session:
        return sorted(session.execute(select(heard.c.number)).scalars())


@pytest.fixture(scope="session")
def sample_database(postgres_admin_url: str) -> Iterator[str]:
    name = f"mp_sample_{secrets.token_hex(4)}"
    url = provision(postgres_admin_url, {"sample": secrets.token_hex(16)}, database=name)["sample"]
    engine = make_engine(url, pool_size=1)
    for metadata in (*SHARED_METADATA, sample_metadata):
        metadata.create_all(engine)
    engine.dispose()
    yield url
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sessions(sample_database: str) -> Iterator[Sessions]:
    engine = make_engine(sample_database, pool_size=10)
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE outbox, inbox, deferred_event, idempotency, tally, heard")
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def settings(sample_database: str, broker_url: str) -> Iterator[BaseSettings]:
    yield BaseSettings(
        database_url=sample_database,
        broker_url=broker_url,
        jwks_url="file:///dev/null",
        internal_secret=secrets.token_hex(16),
        bind="127.0.0.1:0",
        environment="development",
        bus_subscribers=("sample",),
    )
    with bus.connect(broker_url) as broker, broker.channel() as channel:
        for queue in ("mp.sample.dead", "mp.sample"):
            channel.queue_delete(queue)


@pytest.fixture
def refused() -> dict[int, Exception]:
    """Numbers the sample service cannot handle, and what it raises then."""
    return {}


@pytest.fixture
def handlers(refused: dict[int, Exception]) -> Handlers:
    handlers = Handlers("sample")

    @handlers.on("sample.thing.happened.v1", schema=HappenedSchema())
    def hear(uow, data, envelope):
        uow.session.execute(insert(heard).values(number=data["number"]))
        if data["number"] in refused:
            raise refused[data["number"]]

    return handlers


__all__ = ["CauseMissing", "happened", "numbers_heard"]
