"""A pooler in transaction mode stands before the database: workers and web sides go through it, but for what needs a
session of its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from shared.db import make_sessions
from shared.messaging.handlers import Handlers
from shared.messaging.lanes import LANES
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.testing import eventually
from shared.tests.conftest import numbers_heard
from shared.tests.pooler import PROGRAM, pooler
from shared.tests.test_delivery import tell, waiting
from shared.worker import Worker

pytestmark = pytest.mark.skipif(not PROGRAM, reason="needs Debian's pgbouncer")


@pytest.fixture(scope="module")
def pooled_url(sample_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pooler(tmp_path_factory.mktemp("pooler"), sample_database) as url:
        yield url


def test_events_are_carried_and_handled_once_through_a_pooler(
    pooled_url: str, sessions, handlers: Handlers, settings: BaseSettings
) -> None:
    """By two workers that share the outbox: their locks are held by sessions past the pooler."""
    pooled = replace(settings, database_url=pooled_url, direct_database_url=settings.database_url)
    engine = make_engine(pooled.database_url, pool_size=8, prepare=False)
    workers = [Worker(handlers, pooled) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda first: tell(make_sessions(engine), *range(first, first + 5)), range(0, 200, 5)))
        eventually(lambda: numbers_heard(sessions) == list(range(200)), seconds=30)
        eventually(lambda: waiting(sessions) == 0)
        eventually(lambda: all(worker.is_ready() for worker in workers))
        eventually(lambda: lanes_by_relay(settings.database_url) == [LANES // 2, LANES // 2])
        eventually(lambda: REGISTRY.get_sample_value("mp_relay_share", {"service": "sample"}) == 0.5)
    finally:
        for worker in workers:
            worker.stop()
        engine.dispose()


def lanes_by_relay(database_url: str) -> list[int]:
    """How many lanes of an outbox in this database each relay holds."""
    held = """
        SELECT count(*) FILTER (WHERE mode = 'ExclusiveLock') FROM pg_locks
         WHERE locktype = 'advisory' AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY pid
    """
    with psycopg.connect(database_url.replace("+psycopg", "")) as database:
        return [count for (count,) in database.execute(held)]


@pytest.mark.parametrize("autocommit", [True, False])
def test_statements_are_sent_again_and_again_through_a_pooler(pooled_url: str, autocommit: bool) -> None:
    """More often than it takes to prepare them, by more connections than there are sessions."""
    engine = make_engine(pooled_url, pool_size=8, autocommit=autocommit, prepare=False)

    def ask(number: int) -> int:
        with engine.connect() as connection:
            return connection.execute(text("SELECT :number + count(*) FROM heard"), {"number": number}).scalar_one()

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(ask, range(400)))) == 400
    engine.dispose()
