"""Work that is called out is done at once, in every worker of its service, and nowhere else."""

import queue
import threading
import time

from shared.db import run_transaction
from shared.testing import eventually
from shared.work import call_out
from shared.worker import Timer, Worker

LONG, RESTS = 3600, 0.2


class Counting:
    """Work that counts how often it was done."""

    def __init__(self) -> None:
        self.done = threading.Semaphore(0)

    def __call__(self, _sessions: object) -> None:
        self.done.release()

    __name__ = "counting"


def call(sessions, name: str) -> None:
    run_transaction(sessions, "sample", lambda uow: call_out(uow.connection, name))


def test_work_is_done_when_it_is_called_out_and_other_work_is_not(sessions, settings, handlers):
    called, other = Counting(), Counting()
    timers = [Timer(LONG, called, apart=True, of="letters"), Timer(LONG, other, apart=True, of="parcels")]
    workers = [Worker(handlers, settings, timers) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for worker in workers:
            eventually(worker.is_ready)
        assert all(work.done.acquire(timeout=10) for work in (called, called, other, other))
        call(sessions, "letters")
        # Once in each of the two.
        assert all(called.done.acquire(timeout=10) for _ in range(2))
        assert not other.done.acquire(blocking=False)
    finally:
        for worker in workers:
            worker.stop()


def test_what_is_rolled_back_was_not_called_out(sessions, settings, handlers):
    called = Counting()
    worker = Worker(handlers, settings, [Timer(LONG, called, apart=True, of="letters")])
    worker.start()
    try:
        eventually(worker.is_ready)
        assert called.done.acquire(timeout=10)
        with sessions() as session:
            call_out(session.connection(), "letters")
            session.rollback()
        call(sessions, "letters")
        assert called.done.acquire(timeout=10)
        assert not called.done.acquire(blocking=False)
    finally:
        worker.stop()


def test_a_worker_that_waits_for_work_ends_at_once(settings, handlers):
    called = Counting()
    worker = Worker(handlers, settings, [Timer(LONG, called, apart=True, of="letters")])
    worker.start()
    assert called.done.acquire(timeout=10)
    worker.stop()
    assert not worker.is_alive()


def test_the_time_until_work_is_due_counts_from_its_end(settings, handlers):
    """So a machine with too much to do is not asked for more."""
    moments: queue.Queue[float] = queue.Queue()

    def slow(_sessions: object) -> None:
        moments.put(time.monotonic())
        time.sleep(2 * RESTS)
        moments.put(time.monotonic())

    worker = Worker(handlers, settings, [Timer(RESTS, slow)])
    worker.start()
    try:
        _, ended, begun = (moments.get(timeout=10) for _ in range(3))
        assert begun - ended >= RESTS
    finally:
        worker.stop()
