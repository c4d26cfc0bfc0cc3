"""Processes that are copies of one which has imported everything (deploy.local.template), and are children of ours."""

import json
import os
import select
import signal
import socket
import subprocess
import threading
import weakref
from contextlib import suppress
from typing import TypedDict

from deploy.local.kernel import adopting

READY, TRUNK, BRANCH = b"ready", b"trunk", b"branch"
"""What a template says first, and what it is asked for: a copy of itself, or of its branch for gateways."""
MESSAGE_BYTES = 64
FILES = 3
"""So many come with each request: output, errors, and the socket that says what the copy is to be."""
# Making a copy takes some milliseconds; a crowded machine gets more time than it needs.
_PATIENCE_SECONDS = 20.0


class Part(TypedDict):
    """What a copy is to be: the arguments of `python -m`, in which surroundings, and whose child."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    parent: int


class Copy:
    """A copy that runs, with what subprocess.Popen has of it. Raises OSError when it is no child of ours."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._lock = threading.Lock()
        self._end = os.pidfd_open(pid)
        weakref.finalize(self, os.close, self._end)
        os.waitid(os.P_PIDFD, self._end, os.WEXITED | os.WNOHANG | os.WNOWAIT)

    def poll(self) -> int | None:
        """Its exit status, or minus the signal that ended it; None while it runs."""
        with self._lock:
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status once it has ended. Raises subprocess.TimeoutExpired when that takes longer."""
        end = select.poll()
        end.register(self._end, select.POLLIN)
        end.poll(None if timeout is None else timeout * 1000)
        if (status := self.poll()) is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return status


class Template:
    """Our end of the socket to a template process: what it makes copies by while it runs."""

    def __init__(self) -> None:
        self._requests: socket.socket | None = None
        self._pid = 0
        self._lock = threading.Lock()

    def new_input(self) -> socket.socket:
        """The standard input of a template that is about to be started."""
        with self._lock:
            self._hang_up()
            self._requests, other_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._requests.setblocking(False)
        return other_end

    def is_ready(self) -> bool:
        """Whether there is one that has imported everything."""
        with self._lock:
            return self._is_ready()

    def copy(self, part: Part, output: int, errors: int) -> Copy:
        """A new process, which is that part and writes to these files. Raises OSError when none could be made."""
        origin = BRANCH if part["arguments"][0] == "gateway" else TRUNK
        ours, other_end = socket.socketpair()
        with ours:
            with other_end, self._lock, adopting():
                copy = Copy(self._request_copy(origin, output, errors, other_end.fileno()))
            # One that has ended before it knew is seen to have.
            with suppress(BrokenPipeError):
                ours.sendall(json.dumps(part).encode())
        return copy

    def _request_copy(self, origin: bytes, *files: int) -> int:
        """The process id of a new copy, which has become our child and waits to hear what it is."""
        if not self._is_ready() or self._requests is None:
            raise OSError("The template of all parts is not ready yet.")
        try:
            socket.send_fds(self._requests, [origin], files)
            answer = self._requests.recv(MESSAGE_BYTES)
        except OSError as error:
            if isinstance(error, TimeoutError):
                # It still runs, and may never do more than that. Of one that has ended the number may be another's.
                os.kill(self._pid, signal.SIGKILL)
            # An answer that comes too late would be taken for that to the next request.
            self._hang_up()
            raise
        if not answer.isdigit():
            raise OSError("The template of all parts could not make a copy of itself.")
        return int(answer)

    def _is_ready(self) -> bool:
        if self._requests and not self._pid:
            with suppress(BlockingIOError):
                words = self._requests.recv(MESSAGE_BYTES).split()
                self._pid = int(words[1]) if words else 0
                self._requests.settimeout(_PATIENCE_SECONDS)
        return self._pid > 0

    def _hang_up(self) -> None:
        if self._requests:
            self._requests.close()
        self._requests, self._pid = None, 0
