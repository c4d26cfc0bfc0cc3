"""Keeps processes running: whatever dies is started again, and what cannot be started is tried again."""

import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.errors import CannotStart
from deploy.local.process import Command, Process, run
from deploy.local.progress import Movement, Report, say

_LOOK_SECONDS = 0.05
_ASK_SECONDS = 0.1
_TRIES_BEFORE_GIVING_UP = 5
# A slow machine is waited for as long as anything moves on it.
_STILL_SECONDS, _FRUITLESS_SECONDS = 90.0, 600.0
# The line that ends a traceback.
_ERROR = re.compile(r"[\w.]+(Error|Exception|Settings): ")


class Supervisor:
    """Processes by name, in the order they were started. `report` is called with those that end or do not start."""

    def __init__(self, report: Report = say) -> None:
        self._report = report
        self._began = time.monotonic()
        self._seen_ready: set[Process] = set()
        self._processes: dict[str, Process] = {}
        self._lock = threading.RLock()
        # The kernel ends a child with the thread that started it, so one thread that stays starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self, *commands: Command) -> None:
        """Start processes, and again whenever they end; one that cannot be started just now is tried again."""
        for command in commands:
            process = Process(command)
            with self._lock:
                self._processes[command.name] = process
                self._try(process, process.start)
        if self._watcher.ident is None:
            self._watcher.start()

    def names(self) -> list[str]:
        return list(self._processes)

    def process(self, name: str) -> Process:
        return self._processes[name]

    def failures(self) -> dict[str, str]:
        """By process, why it cannot be started just now."""
        return {name: process.failure for name, process in self._processes.items() if process.failure}

    def check(self) -> None:
        """Raises CannotStart when nobody watches over the processes any more, so that dead ones would stay dead."""
        if self._watcher.ident is not None and not self._watcher.is_alive():
            raise CannotStart("Nothing starts processes again any more; a traceback above says why.")

    def wait_until_ready(self, *names: str, seconds: float | None = None, patient: bool = False) -> None:
        """Return when each of these processes, or else of all, has been seen ready.

        Waits while anything moves: raises CannotStart when nothing does for long, after `seconds` when they are given
        and, unless `patient`, when one keeps ending.
        """
        began = time.monotonic()
        waiting = [self._processes[name] for name in names or self.names()]
        movement = Movement(waiting, self._report)
        while waiting := self._unready(waiting):
            self.check()
            movement.look(waiting)
            for process in waiting:
                if process.starts > _TRIES_BEFORE_GIVING_UP and not patient:
                    raise CannotStart(f"{process.command.name} does not start: {last_words(process)}")
            late = waiting[0]
            if seconds is not None and time.monotonic() - began > seconds:
                raise CannotStart(f"{late.command.name} is not ready after {seconds:.0f} s: {last_words(late)}")
            if movement.still_seconds > _STILL_SECONDS or movement.fruitless_seconds > _FRUITLESS_SECONDS:
                raise CannotStart(
                    f"{late.command.name} is not ready after {time.monotonic() - began:.0f} s, and nothing moves: "
                    f"{last_words(late)}"
                )
            # Each kind of process is ready in its own way, and none of them says so by itself.
            time.sleep(_ASK_SECONDS)

    def restart(self, name: str) -> None:
        """End a process in good order and start it again."""
        with self._lock:
            process = self._processes[name]
            process.stop()
            self._try(process, process.start)

    def replace(self, *commands: Command) -> None:
        """End the processes of these names in good order and start what they are to be from now on."""
        for command in commands:
            with self._lock:
                self._processes[command.name].stop()
                self._processes[command.name] = process = Process(command)
                self._try(process, process.start)

    def end(self, *names: str) -> None:
        """End these processes for good, all at once."""
        with self._lock:
            ending = [self._processes.pop(name) for name in names if name in self._processes]
        for process in ending:
            process.ask_to_stop()
        for process in ending:
            process.stop()

    def close(self) -> None:
        """Start nothing again, and end what still runs, the last started first."""
        self._closing.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for name in reversed(self.names()):
            self.end(name)
        self._starter.shutdown()

    def _unready(self, waiting: Sequence[Process]) -> list[Process]:
        """Those that are not ready yet; of each of the others is said once when it was."""
        left = [process for process in waiting if process.has_ended() or not process.command.is_ready()]
        for process in waiting:
            if process in left or process in self._seen_ready:
                continue
            self._report(f"  {process.command.name:<18} ready after {time.monotonic() - self._began:.1f} s")
        self._seen_ready |= set(waiting) - set(left)
        return left

    def _watch(self) -> None:
        while not self._closing.wait(_LOOK_SECONDS):
            with self._lock:
                for process in self._processes.values():
                    if process.has_ended():
                        if not process.is_pausing and not process.failure:
                            self._report(f"{process.command.name} {process.how_it_ended()} and is started again.")
                        self._try(process, process.start_again)

    def _try(self, process: Process, start: Callable[[], None]) -> None:
        """Start a process; what keeps it from that is said, and is no reason to leave the others alone."""
        before = process.failure
        try:
            self._starter.submit(start).result()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next try is due after the pause
            process.failure = str(error) or repr(error)
            if process.failure != before:
                self._report(f"{process.command.name} cannot be started and is tried again: {process.failure}")
        else:
            if before and not process.failure:
                self._report(f"{process.command.name} could be started again.")


def run_to_end(command: Command, report: Report) -> None:
    """Run what brings the schemas up to date; what it says of its progress is passed on. Raises
    CannotStart."""
    before = command.log.stat().st_size if command.log.exists() else 0
    reader, writer = os.pipe()
    with open(reader) as lines, command.log.open("ab") as log:
        with open(writer, "wb") as output:
            migration = run(command, output, log)
        try:
            for line in lines:
                report(line.rstrip())
        finally:
            # Also when somebody wants us to end: the database must not end first.
            status = migration.wait()
    if status:
        raise CannotStart(f"A database schema could not be brought up to date: {last_line(command.log, before)}")


def last_words(process: Process) -> str:
    """Why a process could not be started, or else what its log of this run ends with."""
    return process.failure or last_line(process.command.log, process.log_from)


def last_line(log: Path, since: int) -> str:
    """The last error in a log from the byte `since` on, or the last line of it."""
    text = log.read_bytes()[since:].decode(errors="replace") if log.exists() else ""
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line)]
    return f"{([*lines, *errors] or ['it said nothing'])[-1].strip()} (more in {log})"
