"""The command line of every service."""

import subprocess
import sys

import pytest

from deploy.database.provision import SERVICES

# Its worker makes the files of jobs: what was asked is read as the web side reads it, and a logo is drawn.
MAKES_FILES = "reporting"
_LOADED = "import sys; import services.{0}.__main__; print(*sys.modules)"


@pytest.mark.parametrize("service", SERVICES)
def test_a_worker_does_without_the_web_side(service: str) -> None:
    """15 MB of each worker; only what answers requests loads Flask and the views, and what makes files a typesetter."""
    code = [sys.executable, "-c", _LOADED.format(service)]
    loaded = subprocess.run(code, capture_output=True, text=True, check=True).stdout.split()
    needed = {"flask", "PIL"} if service == MAKES_FILES else set()
    assert {"flask", "apispec", "gunicorn", "PIL"} & set(loaded) == needed
