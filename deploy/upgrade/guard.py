"""What ends the servers of pg_upgrade when we cannot."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCRIPT = Path(__file__).with_name("guard.sh")


@contextmanager
def guarded(*folders: Path) -> Iterator[None]:
    """Meanwhile, should this process be killed, the servers that pg_upgrade runs in these folders are ended; and so
    they are before an error goes on."""
    command = ["sh", str(_SCRIPT), *map(str, folders)]
    # In a session of its own, so that what ends our group does not end it.
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as guard:
        yield
        guard.kill()
