"""The programs that the tests look at results with: LibreOffice for spreadsheets, pdftotext for pages, a browser; and
those of others that work with ours."""

import os
import shutil
from pathlib import Path

from deploy import debian

# The program that shows a package is there, and the package, without a desktop.
PACKAGES = {
    "soffice": "libreoffice-calc-nogui",
    "pdftotext": "poppler-utils",
    "chromium": "chromium",
    "prometheus": "prometheus",
    "pgbouncer": "pgbouncer",
    "pg_ctl": "postgresql",
}


def ensure_readers() -> None:
    """Install what is missing, where that may be done, and say what stays missing: the tests that need it are skipped
    then."""
    if missing := _missing():
        if debian.may_install():
            print(f"Installing Debian's {', '.join(missing)} for the tests ...", flush=True)
            debian.install(*missing)
        if still := _missing():
            print(f"Some tests are skipped: {', '.join(still)} cannot be had.", flush=True)


def _path_of(program: str) -> str | None:
    """Where a program is; Debian has servers where only root looks for them, or nobody."""
    folders = ["/usr/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    return shutil.which(program) or shutil.which(program, path=os.pathsep.join(folders))


def _missing() -> list[str]:
    return [package for program, package in PACKAGES.items() if not _path_of(program)]
