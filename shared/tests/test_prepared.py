"""Statements stay prepared: planning one takes as long as carrying it out."""

from sqlalchemy import text

from shared.worker import Worker

_PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%prepared or not%'")
_OFTEN = text("SELECT 'prepared or not'")


def prepared(worker):
    with worker._engine.begin() as connection:
        return connection.execute(_PREPARED).scalar_one()


def test_looking_for_deferred_events_leaves_the_statements_of_its_connection_prepared(handlers, settings):
    worker = Worker(handlers, settings)
    for _ in range(10):
        with worker._engine.begin() as connection:
            connection.execute(_OFTEN)
    assert prepared(worker) == 1
    assert not worker._are_deferred()
    assert prepared(worker) == 1
    worker.stop()


def test_the_connection_used_last_is_used_next(handlers, settings):
    worker = Worker(handlers, settings)
    with worker._engine.begin(), worker._engine.begin():
        pass
    used = set()
    for _ in range(5):
        with worker._engine.begin() as connection:
            used.add(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    assert len(used) == 1
    worker.stop()
