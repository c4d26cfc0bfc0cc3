"""Supervision: what dies is started again, and nothing is left when it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.local.process import Command
from deploy.local.supervisor import Supervisor
from shared.testing import eventually

# A process with a child of its own, as gunicorn is; both would run for ever.
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(1000)'])"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(1000)"
)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.close()


@pytest.fixture
def run(supervisor: Supervisor, tmp_path: Path) -> Callable[[str], Command]:
    def run(code: str) -> Command:
        command = Command(
            name="sample",
            argv=(sys.executable, "-c", code),
            environment=os.environ,
            log=tmp_path / "sample.log",
            folder=tmp_path,
        )
        supervisor.start(command)
        return command

    return run


def group(pid: int) -> list[int]:
    """The processes of a group."""
    members = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, _, leader = status.read_text().rpartition(")")[2].split()[:3]
            if int(leader) == pid and state != "Z":
                members.append(int(status.parent.name))
    return members


def test_a_process_that_dies_is_started_again_with_all_it_had_started(supervisor, run):
    run(PARENT)
    first = supervisor.process("sample").pid
    eventually(lambda: len(group(first)) == 2)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: supervisor.process("sample").pid != first)
    assert group(first) == []
    eventually(lambda: len(group(supervisor.process("sample").pid)) == 2)


def test_a_process_that_keeps_dying_is_started_less_and_less_often(supervisor, run):
    began = time.monotonic()
    run("raise SystemExit(1)")
    eventually(lambda: supervisor.process("sample").starts == 4)
    assert time.monotonic() - began > 0.1 + 0.2 + 0.4


def test_a_process_outlives_the_thread_that_asked_for_it(supervisor, run):
    asking = threading.Thread(target=run, args=(PARENT,))
    asking.start()
    asking.join()
    eventually(lambda: len(group(supervisor.process("sample").pid)) == 2)
    assert supervisor.process("sample").starts == 1


def test_what_was_ended_on_purpose_stays_ended(supervisor, run):
    run(PARENT)
    pid = supervisor.process("sample").pid
    eventually(lambda: len(group(pid)) == 2)
    supervisor.end("sample")
    # What it had started was killed with it, and is gone once the kernel has tidied up.
    eventually(lambda: group(pid) == [])
    assert supervisor.names() == []


def test_a_process_that_does_not_listen_is_ended_by_force(supervisor, run, monkeypatch, tmp_path):
    monkeypatch.setattr("deploy.local.process._STOP_SECONDS", 0.2)
    run(STUBBORN)
    eventually(lambda: "up" in (tmp_path / "sample.log").read_text())
    pid = supervisor.process("sample").pid
    supervisor.end("sample")
    # What it had started was killed with it, and is gone once the kernel has tidied up.
    eventually(lambda: group(pid) == [])


def test_a_process_ends_when_its_supervisor_is_killed(tmp_path):
    code = (
        "import os, sys, pathlib, time\n"
        "from deploy.local.process import Command, Process\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "child = Process(Command(name='child', argv=(sys.executable, '-c', 'import time; time.sleep(1000)'),\n"
        "                        environment=os.environ, log=folder / 'child.log', folder=folder))\n"
        "child.start()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert group(pid) == [pid]
        parent.kill()
    eventually(lambda: group(pid) == [])
