"""Folders of counts are not left behind."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from shared.metrics_folder import make_folder


def test_the_folder_of_a_server_that_was_killed_goes_at_the_next_start(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import os, shared.metrics_folder\n"
        "print(shared.metrics_folder.make_folder(), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", code]
    killed = subprocess.run(command, env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, check=False)
    left = Path(killed.stdout.decode().strip())
    assert left.parent == tmp_path
    assert left.exists()
    living = Path(make_folder())
    assert not left.exists()
    assert Path(make_folder()).parent == living.parent == tmp_path
    assert living.exists()
