"""archive.sh and fetch.sh, as PostgreSQL runs them."""

import gzip
import os
import signal
import subprocess
from pathlib import Path

import pytest

from deploy.backups.tools import ARCHIVE_SCRIPT, FETCH_SCRIPT, SCRIPTS

NAME = "00000001000000000000000B"
CONTENT = os.urandom(1 << 20) + bytes(15 << 20)


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    path = tmp_path / "segment"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "wal"
    folder.mkdir()
    return folder


def archive(segment: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(SCRIPTS / ARCHIVE_SCRIPT), str(segment), NAME, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def fetch(folder: Path, target: Path, *log: Path) -> int:
    command = ["sh", str(SCRIPTS / FETCH_SCRIPT), NAME, str(target), str(folder), *map(str, log)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_what_is_archived_can_be_fetched_and_takes_little_room(segment, folder, tmp_path):
    assert archive(segment, folder).returncode == 0
    assert [file.name for file in folder.iterdir()] == [f"{NAME}.gz"]
    assert (folder / f"{NAME}.gz").stat().st_size < len(CONTENT) / 10
    assert fetch(folder, tmp_path / "target") == 0
    assert (tmp_path / "target").read_bytes() == CONTENT


def test_asked_again_after_a_crash_it_agrees_when_the_file_is_there(segment, folder):
    assert archive(segment, folder).returncode == 0
    assert archive(segment, folder).returncode == 0


def test_a_file_of_another_database_is_never_replaced(segment, folder):
    archive(segment, folder)
    segment.write_bytes(b"another")
    done = archive(segment, folder)
    assert (done.returncode, "another content" in done.stderr) == (1, True)
    assert gzip.decompress((folder / f"{NAME}.gz").read_bytes()) == CONTENT


def test_one_killed_on_the_way_leaves_nothing_that_counts(folder, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = ["sh", str(SCRIPTS / ARCHIVE_SCRIPT), str(pipe), NAME, str(folder)]
    with subprocess.Popen(command, start_new_session=True) as process, pipe.open("wb") as writer:
        writer.write(CONTENT[:100_000])
        os.killpg(process.pid, signal.SIGKILL)
    assert not (folder / f"{NAME}.gz").exists()
    whole = tmp_path / "whole"
    whole.write_bytes(CONTENT)
    assert archive(whole, folder).returncode == 0
    assert [file.name for file in folder.iterdir()] == [f"{NAME}.gz"]


def test_without_room_it_fails_and_says_so(segment):
    done = archive(segment, Path("/dev/full"))
    assert done.returncode != 0
    assert done.stderr


def test_what_was_not_archived_is_taken_from_the_log_of_the_database(segment, folder, tmp_path):
    assert fetch(folder, tmp_path / "target", tmp_path) == 1
    segment.rename(tmp_path / NAME)
    assert fetch(folder, tmp_path / "target", tmp_path) == 0
    assert (tmp_path / "target").read_bytes() == CONTENT


def test_a_damaged_file_is_not_taken_for_the_end_of_the_log(segment, folder, tmp_path):
    archive(segment, folder)
    kept = folder / f"{NAME}.gz"
    kept.write_bytes(kept.read_bytes()[:-1000])
    # PostgreSQL goes on without a file when this is up to 125, and gives up beyond.
    assert fetch(folder, tmp_path / "target") > 125
