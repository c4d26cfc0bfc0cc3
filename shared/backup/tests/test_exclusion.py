"""Of those who write a backup one works at a time, and nobody waits for ever for who was stopped."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
from sqlalchemy import text

from shared.backup import exclusion
from shared.backup.exclusion import working_alone
from shared.priority import unhurried

WRITERS, PIECES = 4, 10


def test_no_two_work_at_the_same_time(sessions):
    at_it, most, lock = 0, 0, threading.Lock()

    def write() -> None:
        nonlocal at_it, most
        for _ in unhurried(range(PIECES), lambda: working_alone(sessions)):
            with lock:
                at_it += 1
                most = max(most, at_it)
            time.sleep(0.002)  # for so long it is worked at
            with lock:
                at_it -= 1

    with ThreadPoolExecutor(WRITERS) as pool:
        for each in [pool.submit(write) for _ in range(WRITERS)]:
            each.result()
    assert most == 1


def test_who_was_stopped_in_the_middle_is_not_waited_for(sessions, monkeypatch):
    monkeypatch.setattr(exclusion, "_PATIENCE", text("SET LOCAL lock_timeout = '50ms'"))
    with working_alone(sessions):
        assert list(unhurried("abc", lambda: working_alone(sessions))) == ["a", "b", "c"]


def test_whoever_gives_up_lets_others_in(sessions):
    pieces = unhurried("abc", lambda: working_alone(sessions))
    assert next(pieces) == "a"
    pieces.close()
    with sessions() as session:
        free = session.execute(text("SELECT pg_try_advisory_xact_lock(hashtext('who writes a backup'))"))
        assert free.scalar_one()


def test_whoever_takes_longer_than_the_database_waits_goes_on(sessions, postgres_admin_url):
    """The server ends connections that say nothing for long; so may the first piece of a large table."""
    ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    with working_alone(sessions), psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        [number] = admin.execute(ended).fetchone()
    assert number == 1
    assert list(unhurried("abc", lambda: working_alone(sessions))) == ["a", "b", "c"]
