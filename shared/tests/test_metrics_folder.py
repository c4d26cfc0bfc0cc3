"""Processes of one server count together, and their folders of counts are not left behind."""

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


def test_processes_count_together_whatever_was_imported_before(tmp_path):
    code = (
        "import os\n"
        "from prometheus_client import CollectorRegistry, generate_latest, multiprocess\n"
        "from shared.metrics_folder import count_together\n"
        "from shared.telemetry import DEAD_LETTERS, EVENT_LAG\n"
        "count_together()\n"
        "for _ in range(2):\n"
        "    if not (child := os.fork()):\n"
        "        DEAD_LETTERS.labels('a').inc()\n"
        "        EVENT_LAG.observe(0.5)\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "registry = CollectorRegistry()\n"
        "multiprocess.MultiProcessCollector(registry)\n"
        "print(generate_latest(registry).decode())\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, check=True)
    assert b'mp_dead_letters_total{type="a"} 2.0' in done.stdout
    assert b"mp_event_lag_seconds_count 2.0" in done.stdout
