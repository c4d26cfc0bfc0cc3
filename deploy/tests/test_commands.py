"""`make up`, `make down`, `make reset`: what goes wrong is said in one line, and nothing is deleted unasked."""

import fcntl
import io
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import __main__ as commands
from deploy.local.errors import CannotStart
from deploy.local.folder import CODE
from deploy.local.lock import Lock
from deploy.local.ports import Ports


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch) -> Path:
    root = tmp_path / ".local"
    monkeypatch.setattr(commands, "ROOT", root)
    return root


def test_a_second_start_says_that_it_runs_already(root):
    with Lock(root / "lock"), pytest.raises(CannotStart, match=f"already running .process {os.getpid()}."):
        commands.up()


def test_who_stopped_a_platform_reads_in_which_folder_its_data_stays(root, capsys):
    hold = (
        "import signal, sys\nfrom pathlib import Path\nfrom deploy.local.lock import Lock\n"
        "with Lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(root / "lock")], cwd=CODE, stdout=subprocess.PIPE, text=True
    ) as platform:
        assert platform.stdout.readline() == "held\n"
        commands.down()
    assert str(root) in capsys.readouterr().out


def test_a_platform_that_was_killed_does_not_count_as_running(root):
    with Lock(root / "lock"):
        pass
    with Lock(root / "lock") as again:
        assert again.is_ours


def test_a_taken_port_is_named(root, monkeypatch):
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        monkeypatch.setenv("PORT", str(somebody.getsockname()[1]))
        with pytest.raises(CannotStart, match=f"Port {os.environ['PORT']} is taken"):
            commands.up()


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CannotStart, match="PORT must be a number"):
        commands.up()


def test_a_full_disk_is_noticed_before_anything_is_written(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 0))
    with pytest.raises(CannotStart, match="nearly full"):
        commands.up()


def test_a_service_takes_another_port_when_its_own_is_taken():
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        taken = somebody.getsockname()[1]
        ports = Ports()
        given = [ports.take(taken), ports.take(taken)]
    assert len({taken, *given}) == 3


def test_nothing_to_stop_is_no_error(capsys):
    commands.down()
    assert capsys.readouterr().out == "Nothing is running.\n"


@pytest.mark.parametrize(("answer", "is_kept"), [("yes\n", False), ("y\n", True), ("\n", True), ("", True)])
def test_data_is_deleted_only_after_a_plain_yes(root, monkeypatch, answer, is_kept):
    (root / "postgres").mkdir(parents=True)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    if is_kept:
        with pytest.raises(CannotStart, match="Nothing was deleted"):
            commands.reset()
    else:
        commands.reset()
    assert (root / "postgres").exists() is is_kept


def test_data_of_a_running_platform_is_not_deleted(root):
    with Lock(root / "lock"), pytest.raises(CannotStart, match="is running"):
        commands.reset()


def test_two_that_install_at_once_take_turns(tmp_path):
    """The second waits, says so, and finds everything there."""
    script = shutil.copy(CODE / "deploy/local/venv.sh", tmp_path)
    for name in ("requirements.txt", "requirements-local.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / ".local").mkdir()
    command = ["sh", str(script), "requirements-local.txt"]
    with (tmp_path / ".local" / "install.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        assert second.stdout.readline().startswith("Waiting for another installation into .venv to end")
    with second:
        assert second.wait(timeout=60) == 0
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout == b""


def test_help_names_every_target_and_the_variables():
    output = subprocess.run(["make", "help"], cwd=CODE, capture_output=True, text=True, check=True).stdout
    for name in ("up", "down", "status", "scale", "PORT", "BROKER_URL", "DATA_FOLDER", "SIZE", "SERVICE, N"):
        assert re.search(rf"^{name}\s", output, re.MULTILINE), name


def test_a_package_without_a_ready_made_wheel_is_named_in_one_line(tmp_path):
    (tmp_path / "requirements.txt").write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    (tmp_path / "requirements-local.txt").write_text("-r requirements.txt\n")
    command = ["sh", str(CODE / "deploy/local/venv.sh"), "requirements-local.txt"]
    environment = os.environ | {"PIP_NO_INDEX": "1"}
    made = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 1
    assert made.stderr.splitlines() == [
        "No ready-made package for this Python and machine, and none is compiled here: no-such-package==1.0 "
        "(see .local/install.log)."
    ]
