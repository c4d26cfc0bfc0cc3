import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.versions import OURS, check_out, measure_version, version_of
from deploy.local.errors import CannotStart

_NAMES = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, env=os.environ | _NAMES)


def test_a_version_is_called_by_its_commit_until_it_is_changed(tmp_path: Path) -> None:
    assert version_of(tmp_path) == "no commit"
    git(tmp_path, "init")
    (tmp_path / "code.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "Begin")
    commit = version_of(tmp_path)
    assert len(commit) >= 7
    (tmp_path / "code.py").write_text("2")
    assert version_of(tmp_path) == f"{commit} with changes"


def test_a_commit_that_is_not_there_is_refused() -> None:
    with pytest.raises(CannotStart, match="no commit"):
        check_out("nowhere")


def test_other_code_is_measured_by_our_bench_with_its_own_packages(tmp_path: Path) -> None:
    """A version whose code says on import what it is, and whose own bench would fail."""
    said = tmp_path / "said"
    for name in ("bench", "deploy/local", ".venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bench/__init__.py").write_text("raise RuntimeError('the older bench')")
    (tmp_path / "deploy/local/venv.sh").write_text("exit 0")
    (tmp_path / "deploy/__init__.py").write_text(
        f"import bench, pathlib; pathlib.Path({str(said)!r}).write_text(str(pathlib.Path(bench.__file__).resolve()))"
    )
    (tmp_path / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    # It gets no further than its first import of what this code does not have.
    assert measure_version(tmp_path, ["--quick"]) != 0
    assert said.read_text() == str(OURS / "bench/__init__.py")
