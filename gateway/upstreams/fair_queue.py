"""A line at the door of a service: so many are let in at once, and the rest in the order they came."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Turns:
    """Lets so many in at once, first come, first served.

    Neither the threads of a service, which get its interpreter in no order, nor a semaphore, which lets whoever comes
    at the right moment pass those who wait, is fair: of 64 reads at once the last waited four times as long as most.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._line: deque[Event] = deque()
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
            self._line.append(mine)
        try:
            if not mine.wait(seconds):
                raise TimeoutError("no turn in time")
        except BaseException:
            self._leave(mine)
            raise

    def _leave(self, mine: Event) -> None:
        with self._lock:
            is_waiting = mine in self._line
            if is_waiting:
                self._line.remove(mine)
        if not is_waiting:
            # It came in the very moment in which we gave up: for the next.
            self._end()

    def _end(self) -> None:
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
