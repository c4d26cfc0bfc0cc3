"""Whether something that takes its time is getting anywhere, and what people see of it."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.local.process import Process

Report = Callable[[str], None]

_REPORT_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_NAMED = 4
# So much work of the processor shows that a process is busy, however little of it a crowded machine gives.
_BUSY_SECONDS = 0.5
_TICKS = os.sysconf("SC_CLK_TCK")


def say(line: str) -> None:
    """Print a line at once; a terminal that is gone is no reason to stop."""
    with suppress(OSError, ValueError):
        print(line, flush=True)


def say_nothing(_line: str) -> None:
    """For a platform that belongs to a test or a measurement."""


class Movement:
    """Watches over processes that are awaited: when did one of them last become ready, work, or write to its log?"""

    def __init__(self, waiting: Sequence[Process], report: Report) -> None:
        self._report = report
        self._began = self._moved_at = self._fewer_at = self._reported_at = self._looked_at = time.monotonic()
        self._left, self._work, self._written = len(waiting), _work(waiting), _written(waiting)

    def look(self, waiting: Sequence[Process]) -> None:
        """Notice what has changed since the last look, and say every few seconds who is still awaited."""
        now = time.monotonic()
        if len(waiting) < self._left:
            self._left, self._moved_at, self._fewer_at = len(waiting), now, now
            self._work, self._written = _work(waiting), _written(waiting)
        elif now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            work, written = _work(waiting), _written(waiting)
            if work - self._work > _BUSY_SECONDS or work < self._work or written != self._written:
                self._work, self._written, self._moved_at = work, written, now
        if now - self._reported_at >= _REPORT_SECONDS:
            self._reported_at = now
            self._report(f"Waiting for {_names(waiting)} ({now - self._began:.0f} s) ...")

    @property
    def still_seconds(self) -> float:
        """How long nothing has moved."""
        return time.monotonic() - self._moved_at

    @property
    def fruitless_seconds(self) -> float:
        """How long nothing has become ready, for who is busy may be so in vain."""
        return time.monotonic() - self._fewer_at


def _names(processes: Sequence[Process]) -> str:
    """The first of them; the others only follow from these."""
    names = [process.command.name for process in processes]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _written(processes: Sequence[Process]) -> int:
    """How many bytes are in their logs."""
    return sum(log.stat().st_size for log in {process.command.log for process in processes} if log.exists())


def _work(processes: Sequence[Process]) -> float:
    """The processor's time, in seconds, of all that these have started and that still runs."""
    groups = {process.pid for process in processes if not process.has_ended()}
    ticks = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # What follows the name: state, parent, group; user and system time are the 12th and the 13th.
            fields = status.read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[2]) in groups:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS
