"""Says whether a platform runs in a folder, and as which process; the kernel lets go of it however that one ends."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType


def why_nobody_answers(root: Path) -> str:
    """What to say when the platform in this folder does not answer: that it does not run, or else that it does."""
    with Lock(root / "lock") as lock:
        if lock.is_ours:
            return "the platform is not running; start it with `make up` first"
        return (
            f"the platform runs (process {lock.holder}) and does not answer: it may still be starting; "
            "`bin/mp status` shows its parts"
        )


class Lock:
    """A lock file, tried when entered. `is_ours` says whether we have it; `holder` is the process that has."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "Lock":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+")
        self.is_ours = self._try()
        if self.is_ours:
            self._file.truncate(0)
            self._file.write(str(os.getpid()))
            self._file.flush()
        self._file.seek(0)
        self.holder = int(self._file.read())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def wait(self, seconds: float) -> bool:
        """Wait until its holder has let go of it; False when that takes too long."""
        deadline = time.monotonic() + seconds
        while not self._try():
            if time.monotonic() > deadline:
                return False
            # The kernel wakes whoever waits for a lock, but knows no limit to the wait.
            time.sleep(0.05)
        return True

    def _try(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
