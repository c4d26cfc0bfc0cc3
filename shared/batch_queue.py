"""Work that comes from many threads at once, done for several of them in one batch."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

from shared.telemetry import log

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Waiting(Generic[Item, Result]):
    """One item and the thread that waits for what becomes of it; woken without a result, it leads the next group."""

    __slots__ = ("is_done", "item", "result", "woken")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.is_done = False
        self.woken = Event()


class BatchQueue(Generic[Item, Result]):
    """Does the work of threads that come at the same time in batches, one batch after the other.

    Who comes while nothing is done begins at once: nobody waits for company. Those who come meanwhile wait, and one of
    them then does the work for all, `most` at a time, in the order they came. So the batches grow with the load, which
    is when a transaction for many instead of one for each is worth most.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result | None]], most: int) -> None:
        self._work = work
        self._most = most
        self._line: deque[_Waiting[Item, Result]] = deque()
        self._is_busy = False
        self._lock = Lock()

    def do(self, item: Item) -> Result | None:
        """The item's result, one of those that `work` returns in the order of its items.

        None when `work` had none for it, and when it failed for the whole group: whoever asks goes on alone then, and
        learns what is wrong with theirs.
        """
        mine: _Waiting[Item, Result] = _Waiting(item)
        with self._lock:
            self._line.append(mine)
            leads, self._is_busy = not self._is_busy, True
        if not leads:
            mine.woken.wait()
        if not mine.is_done:
            self._lead()
        return mine.result

    def _lead(self) -> None:
        """Do the work of all who wait, our own among it as the first of the line."""
        with self._lock:
            group = [self._line.popleft() for _ in range(min(self._most, len(self._line)))]
        try:
            for one, result in zip(group, self._work([one.item for one in group]), strict=True):
                one.result = result
        except Exception:  # noqa: BLE001 - what one brought must not be another's answer: it is raised again to that one
            log.exception("group_failed", size=len(group))
        finally:
            for one in group:
                one.is_done = True
                one.woken.set()
            self._hand_over()

    def _hand_over(self) -> None:
        with self._lock:
            if self._line:
                self._line[0].woken.set()
            else:
                self._is_busy = False
