"""What Linux can do for who watches over processes, and Python has no function for."""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from signal import Signals

# <linux/prctl.h>
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)
_adoption = threading.Lock()


def end_with_parent(number: Signals) -> None:
    """Have the kernel send this process a signal when its parent is gone. Raises OSError."""
    _prctl(_SET_PDEATHSIG, number)


@contextmanager
def adopting() -> Iterator[None]:
    """Meanwhile, processes below this one that lose their parent become its own children. Raises OSError.

    No longer than it takes: else this process would also get what its children leave behind at their end, for which it
    does not wait.
    """
    with _adoption:
        _prctl(_SET_CHILD_SUBREAPER, 1)
        try:
            yield
        finally:
            _prctl(_SET_CHILD_SUBREAPER, 0)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(ctypes.c_int(option), *(ctypes.c_ulong(number) for number in (value, 0, 0, 0))):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
