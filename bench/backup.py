"""How long a backup of a whole book takes, how its readers fare meanwhile, how much memory its writers need, and how
long it takes to put all of it back."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench import reference
from bench.driver import Answers, Stalled, put_on
from bench.measurement import load_of
from bench.operations import Operation, operations
from bench.processes import memory_bytes
from bench.run import say
from bench.sample import Sample
from bench.verdicts import Verdict, at_most
from deploy.client import Client, GatewayUnreachable, Refused
from deploy.local.platform import Platform

_READ, _AT_ONCE, _SECONDS = "get_loan", 1, 8.0
_TIMES_ALONE = 3
_POLL_SECONDS, _LOOK_SECONDS = 1.0, 2.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What a backup took: seconds, bytes of the file, and the most bytes that any worker had meanwhile."""

    id: str
    seconds: float
    size: int
    memory: int


def measure_backup(platform: Platform, sample: Sample, loans: int) -> Iterator[Verdict]:
    """Read a book alone, then while a backup of it is made, which is restored at last. Raises Stalled."""
    asked = operations(platform.url, sample)[_READ]
    _read(platform, asked)
    say("reads, while nothing else happens")
    alone, beside = Answers(), Answers()
    for _ in range(_TIMES_ALONE):
        alone.add(_read(platform, asked))
    say("reads, while a backup is made")
    with ThreadPoolExecutor(1) as making:
        made = making.submit(_make, platform)
        while not made.done():
            beside.add(_read(platform, asked))
    if (backup := made.result()) is None:
        raise Stalled("The backup failed.")
    say("a restore of it")
    restored = _restore(platform, backup.id)
    yield at_most(f"a backup of {loans:,} loans ({backup.size / 1e6:.0f} MB)", backup.seconds, reference.BACKUP, " s")
    yield at_most("memory of the worker that needs most for it", backup.memory / 1e6, reference.BACKUP_MEMORY, " MB")
    slower = beside.percentile(0.99) / alone.percentile(0.99)
    yield at_most("p99 of all reads meanwhile, to that of before", slower, reference.BACKUP_SLOWS, "")
    yield at_most("a restore of it, with the safety backup before", restored, reference.RESTORE, " s")


def _read(platform: Platform, operation: Operation) -> Answers:
    """What came back of some seconds of reads, one at a time. Raises Stalled."""
    return put_on(load_of(platform, operation.requests, _AT_ONCE, _SECONDS)).total


def _make(platform: Platform) -> Taken | None:
    """Have a backup made, and wait until it is whole; None when it failed."""
    admin = _admin(platform)
    workers, most, started = [name for name in platform.names if "-worker" in name], 0, time.monotonic()
    backup_id = admin.post("/api/backup/create")["backupId"]
    while True:
        most = max(most, *memory_bytes(platform, workers).values())
        (record,) = (each for each in admin.get("/api/backup/list") if each["id"] == backup_id)
        if record["status"] != "in_progress":
            whole = record["status"] == "completed"
            return Taken(backup_id, time.monotonic() - started, record["fileSize"], most) if whole else None
        # Measuring takes CPU too; the record wakes nobody up.
        time.sleep(_POLL_SECONDS)


def _restore(platform: Platform, backup_id: str) -> float:
    """The seconds until everything is as in the backup again. Raises Stalled."""
    started = time.monotonic()
    _admin(platform).post("/api/backup/restore", backupId=backup_id)
    while (state := _state(platform)) != "done":
        if state == "failed":
            raise Stalled("The restore failed.")
        # Each look is a sign-in, because the restore ends all sessions.
        time.sleep(_LOOK_SECONDS)
    return time.monotonic() - started


def _state(platform: Platform) -> str:
    try:
        return str(_admin(platform).get("/api/backup/restores")[0]["state"])
    except (GatewayUnreachable, Refused):
        # Nobody is answered while everything is replaced.
        return "unknown"


def _admin(platform: Platform) -> Client:
    return Client(platform.url).sign_in(platform.credentials.email, platform.credentials.password)
