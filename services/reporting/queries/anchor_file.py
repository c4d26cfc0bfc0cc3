"""The file of anchors: lines are appended, and never changed."""

import fcntl
import os
from pathlib import Path

from services.reporting.domain.anchor import Anchor, NoAnchor

_LONGEST_LINE = 1024


def append(path: Path, anchor: Anchor) -> bool:
    """Write an anchor as the last line, and return when it is on the disk; False when the last line has the same end.

    Several workers may write to one file at once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST_LINE))
        end = file.read()
        if _ends_with(end, anchor):
            return False
        # A line that a power cut left without its end spoils itself alone.
        torn = b"\n" if end and not end.endswith(b"\n") else b""
        file.write(torn + anchor.to_text().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _ends_with(end: bytes, anchor: Anchor) -> bool:
    try:
        last = Anchor.from_text(end.decode(errors="replace").splitlines()[-1])
    except (IndexError, NoAnchor):
        return False
    return (last.sequence, last.hash, last.key_id) == (anchor.sequence, anchor.hash, anchor.key_id)


def read(path: Path) -> tuple[list[Anchor], int]:
    """The anchors in the file, and how many lines of it cannot be read; none when there is no file."""
    anchors, unreadable = [], 0
    if path.exists():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                anchors.append(Anchor.from_text(line))
            except NoAnchor:
                unreadable += bool(line.strip())
    return anchors, unreadable
