"""A limit on how many work at once, in which the others wait in the order they came."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class FairQueue:
    """Lets `at_once` work at a time, first come, first served.

    The threads of a service are not fair, because they get its interpreter in no order; nor is a semaphore, because
    whoever comes at the right moment passes those who wait. Of 64 reads at once the last waited four times as long as
    most.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[Event] = deque()
        self._lock = Lock()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Wait for a turn, which lasts as long as the block. Raises TimeoutError after so many seconds."""
        self._begin(seconds)
        try:
            yield
        finally:
            self._end()

    def _begin(self, seconds: float) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = Event()
            self._waiting.append(mine)
        try:
            if not mine.wait(seconds):
                raise TimeoutError("no turn in time")
        except BaseException:
            self._leave(mine)
            raise

    def _leave(self, mine: Event) -> None:
        with self._lock:
            is_waiting = mine in self._waiting
            if is_waiting:
                self._waiting.remove(mine)
        if not is_waiting:
            # The turn came in the very moment of giving up: pass it on.
            self._end()

    def _end(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
