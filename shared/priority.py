"""Work that lets others go first where the processor is busy."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

T = TypeVar("T")

_LEFT_TO_OTHERS = 0.25
"""For each second of work that is unhurried."""


def give_way(niceness: int) -> None:
    """Let this thread, and no other, have less of a busy processor from now on; `niceness` is that of `nice`.

    It stays so, for only root could take it back. The first thread of a process, which may serve requests, never gives
    way.
    """
    # On Linux niceness belongs to the thread, and 0 is the calling one.
    if threading.get_native_id() != os.getpid():
        os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))


def unhurried(pieces: Iterable[T], alone: Callable[[], AbstractContextManager[None]] = nullcontext) -> Iterator[T]:
    """These pieces, and after each a pause of a quarter of what it took to make and to use it. So others have a fifth
    of the time, also that of who makes them elsewhere, such as the database, which no niceness of ours reaches. Each
    is made and used within what `alone` gives."""
    coming = iter(pieces)
    while True:
        with alone():
            began = time.monotonic()
            try:
                piece = next(coming)
            except StopIteration:
                return
            yield piece
            took = time.monotonic() - began
        time.sleep(_LEFT_TO_OTHERS * took)
