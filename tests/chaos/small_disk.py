"""A disk that fills up."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """A small file system, and a file in it that takes what is left."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take every block that is free just now."""
        with self._ballast.open("ab") as ballast:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        os.posix_fallocate(ballast.fileno(), ballast.tell(), size)
                        ballast.seek(0, os.SEEK_END)
                except OSError:
                    continue

    def make_room(self) -> None:
        """Give back what `fill` took."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Disk]:
    """A file system of this size in a new folder, for the length of a test."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"A file system of its own cannot be mounted, which wants root: {mounted.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
