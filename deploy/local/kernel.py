"""What Linux can do for who watches over processes, and Python has no function for."""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

# <linux/prctl.h>
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
# <linux/fs.h> and <fcntl.h>
_RENAME_EXCHANGE, _AT_FDCWD = 2, -100
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


def exchange(one: Path, other: Path) -> None:
    """Let two files or folders have each other's name, in one step. Raises OSError, also where the file system knows no
    such step."""
    if _libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), str(one))


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(ctypes.c_int(option), *(ctypes.c_ulong(number) for number in (value, 0, 0, 0))):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
