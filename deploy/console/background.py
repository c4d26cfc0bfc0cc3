"""The console built beside a platform that answers already, at the lowest priority; what becomes of it is said."""

import os
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from signal import SIGTERM

from deploy.console.build import is_built
from deploy.local.folder import CODE
from deploy.local.kernel import end_with_parent
from deploy.local.progress import Report
from deploy.local.supervisor import last_line

_NICEST = 19


class BackgroundBuild:
    """A build that has begun, unless the console is there already; `url` is where it is then."""

    def __init__(self, url: str, log: Path, report: Report) -> None:
        self._url, self._log, self._report = url, log, report
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        if is_built():
            report(f"The console is at {url}/.")
            return
        report(f"The console is being built meanwhile, and will be at {url}/ (log in {log}).")
        self._thread = threading.Thread(target=self._build, name="console", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, if it still runs; what it was about to replace stays."""
        self._stopped.set()
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, SIGTERM)
            self._process.wait()

    def _build(self) -> None:
        began = time.monotonic()
        since = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.console", "build"],
                cwd=CODE,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # The kernel sends the signal when this thread ends, which outlives the build.
                preexec_fn=partial(_begin, _NICEST),
            )
            status = self._process.wait()
        if self._stopped.is_set():
            return
        if status:
            self._report(f"The console could not be built, the API works without: {last_line(self._log, since)}")
        else:
            self._report(f"The console is ready after {time.monotonic() - began:.0f} s at {self._url}/.")


def _begin(niceness: int) -> None:
    end_with_parent(SIGTERM)
    os.nice(niceness)
