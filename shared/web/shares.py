"""How many connections each process of a server holds, so that none takes one while another has fewer."""

from collections.abc import Collection
from mmap import PAGESIZE, mmap


class Shares:
    """The numbers of all processes, in memory that they share: made before they are forked.

    Each has a place of its own, which it alone writes to. What others read there may be a moment old.
    """

    def __init__(self) -> None:
        self._numbers = memoryview(mmap(-1, PAGESIZE)).cast("i")

    def free_place(self, taken: Collection[int]) -> int:
        """A place that is none of these, for the next process. Raises StopIteration when there are a thousand."""
        place = next(place for place in range(len(self._numbers)) if place not in taken)
        self.leave(place)
        return place

    def note(self, place: int, connections: int) -> None:
        """Say how many connections the process at a place holds."""
        self._numbers[place] = connections + 1

    def leave(self, place: int) -> None:
        """Say that a process takes no more connections."""
        self._numbers[place] = 0

    def is_above_another(self, place: int) -> bool:
        """Whether some process that takes connections has fewer than the one at this place."""
        least = min(filter(None, self._numbers), default=0)
        return 0 < least < self._numbers[place]
