"""One child process: in a group of its own, with its own log, started again when it dies."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from socket import socket
from typing import IO

from deploy.local.accounts import Account, RunAs
from deploy.local.copies import Copy, Part, Template

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
# One that ran this long has not failed to start, so the next pause is short again.
_STEADY_SECONDS = 10.0
_STOP_SECONDS = 20.0


def always() -> bool:
    """For a process that is ready when it runs."""
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, how to end it, and how one learns whether it does its work. `address` is where others find
    it: host:port, or a whole address where that is no plain HTTP.

    `template` is what makes a copy of itself for it, where it is `python -m` that is to be run; `new_input` makes its
    standard input, which is nothing otherwise.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    is_ready: Callable[[], bool] = always
    stop_signal: Signals = signal.SIGTERM
    account: Account | None = None
    address: str = ""
    template: Template | None = None
    new_input: Callable[[], socket] | None = None

    def as_part(self) -> Part:
        """What a copy of the template is to be."""
        return Part(
            name=self.name,
            arguments=list(self.argv[2:]),
            environment=dict(self.environment),
            folder=str(self.folder),
            parent=os.getpid(),
        )


class Process:
    """A command that runs, and the group of processes it has started.

    `starts` counts how often that was tried, `failure` says why the last try came to nothing (empty when it did not),
    and `log_from` is where in its log this run begins.
    """

    def __init__(self, command: Command) -> None:
        self.command = command
        self.starts = 0
        self.failure = ""
        self.log_from = command.log.stat().st_size if command.log.exists() else 0
        self._child: subprocess.Popen[bytes] | Copy | None = None
        self._pause = _FIRST_PAUSE
        self._started_at = 0.0
        self._start_again_at = 0.0

    @property
    def pid(self) -> int:
        """The process id, which is also that of its group."""
        if self._child is None:
            raise RuntimeError(f"{self.command.name} was not started.")
        return self._child.pid

    def start(self) -> None:
        """Start it; what it prints goes to the end of its log. Raises OSError, and may be tried again after that."""
        self.starts += 1
        self._started_at = time.monotonic()
        try:
            with self.command.log.open("ab") as log:
                self._child = run(self.command, log, log)
        except OSError as error:
            # The number of the last one may soon be another's.
            self._child, self.failure = None, str(error)
            raise
        self.failure = ""

    def has_ended(self) -> bool:
        return self._child is None or self._child.poll() is not None

    def how_it_ended(self) -> str:
        """In words, for one that has ended: by which signal, or with which status."""
        if self._child is None or (status := self._child.returncode) is None:
            return "was not started"
        return f"ended with status {status}" if status >= 0 else f"was ended by {Signals(-status).name}"

    @property
    def is_pausing(self) -> bool:
        """Whether it has ended and waits for its next start."""
        return bool(self._start_again_at)

    def start_again(self) -> None:
        """To be called again and again once it has ended: starts it, after a pause that doubles if it keeps ending.

        Raises OSError when it could not be started; the pause goes on doubling then.
        """
        now = time.monotonic()
        if not self._start_again_at:
            if now - self._started_at > _STEADY_SECONDS:
                self._pause = _FIRST_PAUSE
            self._start_again_at = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        elif now >= self._start_again_at:
            self._start_again_at = 0.0
            self.send(signal.SIGKILL)  # To what is left of its group, such as the workers of a gunicorn.
            self.start()

    def ask_to_stop(self) -> None:
        """Send it the signal that ends it in good order."""
        if not self.has_ended():
            os.kill(self.pid, self.command.stop_signal)

    def stop(self) -> None:
        """End it in good order, or by force when it takes too long, and return when it is gone."""
        self.ask_to_stop()
        if self._child:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=_STOP_SECONDS)
            self.send(signal.SIGKILL)
            self._child.wait()

    def send(self, number: Signals) -> None:
        """Send a signal to it and to all that it has started."""
        if self._child:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, number)


def run(command: Command, output: IO[bytes], errors: IO[bytes]) -> subprocess.Popen[bytes] | Copy:
    """A new process in a group of its own, which ends when we do. Raises OSError."""
    if command.template:
        return command.template.copy(command.as_part(), output.fileno(), errors.fileno())
    run_as = command.account.run_as() if command.account else RunAs()
    with ExitStack() as stack:
        return subprocess.Popen(
            [*ending_with_parent(command.stop_signal), *command.argv],
            env=command.environment,
            cwd=command.folder,
            stdin=stack.enter_context(command.new_input()).fileno() if command.new_input else subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
            **run_as,
        )


def ending_with_parent(number: Signals) -> Sequence[str]:
    """A prefix that has the kernel end a process when we are gone ourselves, however that came."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", number.name.removeprefix("SIG")] if setpriv else []
