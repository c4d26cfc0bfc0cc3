"""Other versions of the code, measured by this bench whatever bench they have themselves."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.local.errors import CannotStart

OURS = Path(__file__).resolve().parents[1]
FOLDER = OURS / ".local" / "bench"


def version_of(code: Path) -> str:
    """The commit that a folder of code is at, and whether it was changed since."""
    commit = _git(code, "rev-parse", "--short", "HEAD")
    return f"{commit} with changes" if commit and _git(code, "status", "--porcelain", "-uno") else commit or "no commit"


def check_out(commit: str) -> Path:
    """A folder with the code of a commit, kept for the next time. Raises CannotStart."""
    name = _git(OURS, "rev-parse", "--verify", f"{commit}^{{commit}}")
    if not name:
        raise CannotStart(f"There is no commit {commit} here.")
    folder = FOLDER / "code" / name
    if not folder.exists():
        _run(OURS, "git", "worktree", "prune")
        _run(OURS, "git", "worktree", "add", "--detach", str(folder), name)
    return folder


def measure_version(code: Path, arguments: Sequence[str]) -> int:
    """Run this bench on the code in a folder, with that code's own packages; returns the exit status.

    Raises CannotStart.
    """
    code = code.resolve()
    _run(code, "sh", "deploy/local/venv.sh", "requirements-local.txt")
    with tempfile.TemporaryDirectory() as place:
        # Python looks here first, so `bench` is ours and all else is of the code to be measured.
        (Path(place) / "bench").symlink_to(OURS / "bench")
        command = [str(code / ".venv/bin/python"), "-m", "bench", *arguments]
        return subprocess.run(command, cwd=place, env=os.environ | {"PYTHONPATH": str(code)}, check=False).returncode


def _git(folder: Path, *arguments: str) -> str:
    """What git says, or nothing when it fails."""
    try:
        done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def _run(folder: Path, *command: str) -> None:
    if subprocess.run(command, cwd=folder, check=False).returncode:
        raise CannotStart(f"This failed in {folder}: {' '.join(command)}")
