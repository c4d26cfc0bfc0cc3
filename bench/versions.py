"""Which version of the code is measured, and where what is found out is kept."""

import subprocess
from pathlib import Path

OURS = Path(__file__).resolve().parents[1]
FOLDER = OURS / ".local" / "bench"


def version_of(code: Path) -> str:
    """The commit that a folder of code is at, and whether it was changed since."""
    commit = _git(code, "rev-parse", "--short", "HEAD")
    return f"{commit} with changes" if commit and _git(code, "status", "--porcelain", "-uno") else commit or "no commit"


def _git(folder: Path, *arguments: str) -> str:
    """What git says, or nothing when it fails."""
    try:
        done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return "" if done.returncode else done.stdout.strip()
