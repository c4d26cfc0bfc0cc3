"""The built console, in console/dist: made once for each state of its sources, and put in place as a whole."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from deploy.console.node import CONSOLE, alone, install_packages, node

BUILT = CONSOLE / "dist"
_NEXT, _LAST = CONSOLE / "dist.next", CONSOLE / "dist.last"
_FINGERPRINT = "fingerprint.txt"
_SOURCES = ("src", "public", "build")
_NOT_BUILT = (".test.ts", ".test.tsx")


def build() -> bool:
    """Build the console unless what is there was made of these sources; returns whether it was built.

    Whoever serves it finds the old build or the new one, never half of one. Raises CannotStart.
    """
    with alone():
        expected = fingerprint()
        if is_built(expected):
            return False
        install_packages(production=True)
        node("node_modules/vite/bin/vite.js", "build", "--outDir", _NEXT.name, "--emptyOutDir")
        (_NEXT / _FINGERPRINT).write_text(expected)
        _put_in_place()
        return True


def is_built(expected: str | None = None) -> bool:
    """Whether the console is there as these sources say."""
    mark = BUILT / _FINGERPRINT
    return mark.exists() and mark.read_text() == (expected or fingerprint())


def fingerprint() -> str:
    """Another one whenever a build would come out differently."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(f"{path.relative_to(CONSOLE)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield from (path for path in CONSOLE.iterdir() if path.is_file())
    for folder in _SOURCES:
        yield from (path for path in (CONSOLE / folder).rglob("*") if path.is_file() and _is_built_from(path))


def _is_built_from(path: Path) -> bool:
    return not path.name.endswith(_NOT_BUILT)


def _put_in_place() -> None:
    shutil.rmtree(_LAST, ignore_errors=True)
    if BUILT.exists():
        BUILT.rename(_LAST)
    _NEXT.rename(BUILT)
    shutil.rmtree(_LAST, ignore_errors=True)
