"""`python -m deploy.backups`, as containers and operators run it."""

import os
import shutil
import subprocess
import sys

import pytest

from deploy.backups.tests.clusters import Archived
from deploy.local.folder import CODE

pytestmark = pytest.mark.timeout(300)


def run(cluster: Archived, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {"BACKUPS_ADMIN_DATABASE_URL": cluster.url, "BACKUPS_ARCHIVE_FOLDER": str(cluster.archive.folder)}
    command = [sys.executable, "-m", "deploy.backups", *arguments]
    return subprocess.run(command, cwd=CODE, env={**os.environ, **given}, capture_output=True, text=True, check=False)


def test_a_backup_is_made_where_only_the_log_has_a_folder(cluster):
    """As the part `archive` of docker-compose.yml leaves a new volume."""
    for folder in cluster.archive.folder.iterdir():
        if folder.is_dir() and folder != cluster.archive.wal:
            shutil.rmtree(folder)
    done = run(cluster, "make", "--full")
    assert done.returncode == 0, done.stderr
    (made,) = cluster.archive.backups()
    assert made.name in run(cluster, "list").stdout


def test_a_database_that_is_away_is_named_in_a_line(cluster):
    assert run(cluster, "make").returncode == 0
    cluster.stop()
    done = run(cluster, "make")
    assert done.returncode == 1
    assert done.stderr.startswith("backups: ")
    assert "Traceback" not in done.stderr
