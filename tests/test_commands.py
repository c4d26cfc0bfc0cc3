"""The command line of every service."""

import subprocess
import sys

import pytest

from deploy.database.provision import SERVICES

_LOADED = "import sys; import services.{0}.__main__; print(*sys.modules)"


@pytest.mark.parametrize("service", SERVICES)
def test_a_worker_does_without_the_web_side(service: str) -> None:
    """15 MB of each worker; only what answers requests loads Flask and the views."""
    code = [sys.executable, "-c", _LOADED.format(service)]
    loaded = subprocess.run(code, capture_output=True, text=True, check=True).stdout.split()
    assert not {"flask", "apispec", "gunicorn", "PIL"} & set(loaded)
