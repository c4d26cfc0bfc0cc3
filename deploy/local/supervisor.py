"""Keeps processes running: whatever dies is started again."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from deploy.local.errors import CannotStart
from deploy.local.process import Command, Process

_LOOK_SECONDS = 0.05
_ASK_SECONDS = 0.1
_TRIES_BEFORE_GIVING_UP = 3
# The line that ends a traceback.
_ERROR = re.compile(r"[\w.]+(Error|Exception|Settings): ")


class Supervisor:
    """A set of processes by name, in the order they were started."""

    def __init__(self) -> None:
        self._processes: dict[str, Process] = {}
        self._lock = threading.RLock()
        # The kernel ends a child with the thread that started it, so one thread that stays starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self, *commands: Command) -> None:
        """Start processes, and again whenever they end."""
        for command in commands:
            process = Process(command)
            with self._lock:
                self._starter.submit(process.start).result()
                self._processes[command.name] = process
        if not self._watcher.is_alive():
            self._watcher.start()

    def names(self) -> list[str]:
        return list(self._processes)

    def process(self, name: str) -> Process:
        return self._processes[name]

    def wait_until_ready(self, *names: str, seconds: float, patient: bool = False) -> None:
        """Return when each of these processes, or else of all, has been seen ready.

        Raises CannotStart when that takes too long or, unless `patient`, when one keeps ending.
        """
        deadline = time.monotonic() + seconds
        waiting = [self._processes[name] for name in names or self.names()]
        while waiting := [process for process in waiting if not process.command.is_ready()]:
            if time.monotonic() > deadline:
                raise CannotStart(f"{waiting[0].command.name} is not ready in time: {last_words(waiting[0].command)}")
            for process in waiting:
                if process.starts > _TRIES_BEFORE_GIVING_UP and not patient:
                    raise CannotStart(f"{process.command.name} does not start: {last_words(process.command)}")
            # Each kind of process is ready in its own way, and none of them says so by itself.
            time.sleep(_ASK_SECONDS)

    def restart(self, name: str) -> None:
        """End a process in good order and start it again."""
        with self._lock:
            process = self._processes[name]
            process.stop()
            self._starter.submit(process.start).result()

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

    def _watch(self) -> None:
        while not self._closing.wait(_LOOK_SECONDS):
            with self._lock:
                for process in self._processes.values():
                    if process.has_ended():
                        self._starter.submit(process.start_again).result()


def last_words(command: Command) -> str:
    """The last error in a command's log, or the last line of it."""
    lines = command.log.read_text(errors="replace").splitlines() if command.log.exists() else []
    errors = [line for line in lines if _ERROR.match(line)]
    return f"{([*lines, *errors] or ['it said nothing'])[-1].strip()} (more in {command.log})"
