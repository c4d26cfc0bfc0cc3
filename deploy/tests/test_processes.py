"""Supervision: what dies is started again, what cannot be started is tried again, and nothing is left when it ends."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.local import supervisor as supervision
from deploy.local.errors import CannotStart
from deploy.local.process import Command
from deploy.local.supervisor import Supervisor
from shared.testing import eventually

# A process with a child of its own, as gunicorn is; both would run for ever.
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(1000)'])"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(1000)"
)


@pytest.fixture
def reported() -> list[str]:
    """What the supervisor has said so far."""
    return []


@pytest.fixture
def supervisor(reported: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(reported.append)
    yield supervisor
    supervisor.close()


@pytest.fixture
def run(supervisor: Supervisor, tmp_path: Path) -> Callable[..., Command]:
    def run(code: str, name: str = "sample", **options: Any) -> Command:
        command = Command(
            name=name,
            argv=(sys.executable, "-c", code),
            environment=os.environ,
            log=tmp_path / "logs" / f"{name}.log",
            folder=tmp_path,
            **options,
        )
        command.log.parent.mkdir(exist_ok=True)
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
    # What it had started was killed with it, and is gone once the kernel has tidied up.
    eventually(lambda: group(first) == [])
    eventually(lambda: len(group(supervisor.process("sample").pid)) == 2)


def test_a_process_that_keeps_dying_is_started_less_and_less_often(supervisor, run):
    began = time.monotonic()
    run("raise SystemExit(1)")
    eventually(lambda: supervisor.process("sample").starts == 4)
    assert time.monotonic() - began > 0.1 + 0.2 + 0.4


@contextmanager
def no_more_files() -> Iterator[None]:
    """As if this process had used up the files it may have open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Those that are open stay so; the next one would be beyond the limit.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_process_that_cannot_be_started_for_a_while_comes_back_and_so_do_the_others(supervisor, run, reported):
    run("import time; time.sleep(1000)")
    run("import time; time.sleep(1000)", "other")
    first, second = supervisor.process("sample").pid, supervisor.process("other").pid
    with no_more_files():
        os.kill(first, signal.SIGKILL)
        eventually(lambda: "sample" in supervisor.failures())
        os.kill(second, signal.SIGKILL)
        eventually(lambda: "other" in supervisor.failures())
    eventually(lambda: supervisor.process("sample").starts > 1 and supervisor.failures() == {}, seconds=20)
    assert group(supervisor.process("sample").pid) != []
    assert group(supervisor.process("other").pid) != []
    assert "sample was ended by SIGKILL and is started again." in reported
    [complaint] = [line for line in reported if line.startswith("sample cannot be started")]
    assert "Too many open files" in complaint
    assert "sample could be started again." in reported


def test_a_process_whose_first_start_is_refused_is_tried_again(supervisor, run, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "sample.log").mkdir()
    run("import time; time.sleep(1000)")
    assert "Is a directory" in supervisor.failures()["sample"]
    (tmp_path / "logs" / "sample.log").rmdir()
    eventually(lambda: supervisor.failures() == {}, seconds=20)
    assert group(supervisor.process("sample").pid) != []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_supervision_that_has_ended_is_noticed(tmp_path):
    def refuse(line: str) -> None:
        raise RuntimeError(line)

    supervisor = Supervisor(refuse)
    log = tmp_path / "sample.log"
    command = Command("sample", (sys.executable, "-c", ""), os.environ, log, tmp_path, lambda: False)
    supervisor.start(command)
    try:
        with pytest.raises(CannotStart, match="Nothing starts processes again"):
            supervisor.wait_until_ready(seconds=20)
    finally:
        supervisor.close()


def test_a_slow_start_is_waited_for_as_long_as_anything_moves(supervisor, run, reported, monkeypatch, tmp_path):
    monkeypatch.setattr(supervision, "_STILL_SECONDS", 1.5)
    monkeypatch.setattr("deploy.local.progress._BUSY_SECONDS", 0.01)
    monkeypatch.setattr("deploy.local.progress._REPORT_SECONDS", 1.0)
    busy = "import pathlib, time\nend = time.time() + 4\nwhile time.time() < end: pass\n"
    run(busy + "pathlib.Path('done').touch()\ntime.sleep(1000)", is_ready=(tmp_path / "done").exists)
    supervisor.wait_until_ready()
    assert any(line.startswith("Waiting for sample (") for line in reported)


def test_what_does_not_move_is_given_up_and_its_own_last_words_are_shown(supervisor, run, monkeypatch, tmp_path):
    monkeypatch.setattr(supervision, "_STILL_SECONDS", 1.0)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "sample.log").write_text("ValueError: of an earlier run\n")
    run("import time; time.sleep(1000)", "other")
    run("import time; print('Looking for a key', flush=True); time.sleep(1000)", is_ready=lambda: False)
    with pytest.raises(CannotStart, match=r"^sample is not ready .* nothing moves: Looking for a key"):
        supervisor.wait_until_ready()


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
    eventually(lambda: "up" in (tmp_path / "logs" / "sample.log").read_text())
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
