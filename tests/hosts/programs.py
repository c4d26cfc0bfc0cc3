"""The programs that a test on several hosts needs."""

import os
import shutil
from collections.abc import Sequence

import pytest

from deploy import debian
from deploy.local import hosts


def need(*packages: str, programs: Sequence[str] = ()) -> None:
    """Have programs of Debian's installed; the test is skipped, and says why, where they cannot be had."""
    if os.geteuid() != 0:
        pytest.skip(hosts.ONLY_ROOT)
    needed = (hosts.PACKAGE, *packages)
    if not all(shutil.which(program) for program in (*hosts.PROGRAMS, *programs)):
        if not debian.may_install():
            pytest.skip(f"It needs {', '.join(needed)}, and there is no apt-get to install them by.")
        if fault := debian.install(*needed):
            pytest.skip(f"It needs {', '.join(needed)}, which could not be installed: {fault}")
