"""What is done first when the database has gone back to a moment, while no service runs yet."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.backups.aftermath import Aftermath, settle, waiting
from deploy.backups.names import replaced, restored
from deploy.local.folder import CODE
from deploy.local.postgres import remove_cluster
from shared import epochs


class CannotSettle(Exception):
    """What follows a restore could not be done; it is tried again at the next start."""


def settle_return(data: Path, admin_url: str, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Do what follows from going back, if the database in `data` did; what it took the place of is deleted at the start
    after that. `environment` is added to ours for the services. Raises CannotSettle."""
    if waiting(data):
        settle(data, admin_url, lambda aftermath: _begin_epoch(aftermath, environment), say)
    else:
        for folder in (replaced(data), restored(data)):
            remove_cluster(folder)


def _begin_epoch(aftermath: Aftermath, environment: Mapping[str, str]) -> None:
    # One more than any that events of the time given up bear.
    number = epochs.next_number(aftermath.epoch, aftermath.at)
    options = ["--epoch", str(number), "--reason", aftermath.reason]
    command = [sys.executable, "-m", "deploy.database.new_epoch", *options]
    given = {**os.environ, **environment}
    done = subprocess.run(command, cwd=CODE, env=given, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise CannotSettle(f"No new epoch could begin after the restore: {(lines or ['it said nothing'])[-1]}")
