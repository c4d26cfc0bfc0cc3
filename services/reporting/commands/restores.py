"""What a worker does for restores: it takes the one that is under way from state to state. And the command by which
operators restore a file, which may be longer than what goes through the gateway."""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

from services.reporting.domain.restores import RestoreKind
from services.reporting.queries.restores import RESTORES
from services.reporting.settings import Settings
from services.reporting.steps.replaced_files import bring_file
from services.reporting.steps.restore_files import BackupFileDamaged, Brought, NoBackupFile, keep_archive
from services.reporting.steps.restore_keys import sealed
from services.reporting.usecases.restores import RestoreRunning, advance, begin_restore
from shared.clock import now
from shared.db import Sessions, UnitOfWork, make_sessions, run_transaction
from shared.postgres.engine import make_engine
from shared.telemetry import log
from shared.work import LOOK_SECONDS
from shared.worker import Timer

SERVICE = "reporting"
# What is read as a whole; archives of sealed parts are not.
LONGEST_JSON = 1024 * 1024 * 1024


def restoring() -> Timer:
    """The timer that goes on with a restore."""

    def advance_restores(sessions: Sessions) -> None:
        while run_transaction(sessions, SERVICE, partial(advance, at=now()))[0]:
            log.info("restore_advanced")

    return Timer(LOOK_SECONDS, advance_restores, apart=True, of=RESTORES)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `restore` takes."""
    parser.add_argument("file", type=Path, help="a backup as it was downloaded: .json, or .tar as `format=sealed`")
    parser.add_argument("--leave-out", action="store_true", help="leave out what a file has no place here for")
    parser.add_argument("--key-file", type=Path, help="the private key that opens a .tar (AGE-SECRET-KEY-1...)")


def restore(service: Any, options: argparse.Namespace) -> None:
    """Have a file restored; workers do. Exits with one line when it is none that can be."""
    settings: Settings = service.read_settings()
    engine = make_engine(settings.direct_url, pool_size=1)
    sessions = make_sessions(engine)
    try:
        brought = _brought(settings, options)
        work = partial(_begin, settings=settings, source=options.file.name, brought=brought)
        restore_id, _ = run_transaction(sessions, SERVICE, work)
    except (NoBackupFile, BackupFileDamaged, RestoreRunning, OSError) as error:
        sys.exit(f"{SERVICE}: {error}")
    finally:
        engine.dispose()
    sys.stdout.write(f"Restore {restore_id} has begun; `GET /backup/restores/{restore_id}` says how far it is.\n")


def _begin(uow: UnitOfWork, *, settings: Settings, source: str, brought: Brought) -> str:
    begun = begin_restore(
        uow,
        kind=RestoreKind.FILE,
        source=source,
        parts=brought.parts,
        sealed_keys=sealed(brought.private_keys, settings.internal_secret),
        at=now(),
        by=None,
        cut_at=brought.cut_at,
    )
    return str(begun.id)


def _brought(settings: Settings, options: argparse.Namespace) -> Brought:
    path: Path = options.file
    if path.suffix == ".tar":
        keys = options.key_file.read_text().split() if options.key_file else []
        if not keys:
            raise NoBackupFile("An archive opens with its private key only: give it by --key-file.")
        return keep_archive(settings, path, keys)
    if path.stat().st_size > LONGEST_JSON:
        raise NoBackupFile("The file is longer than 1 GB: restore the archive that `format=sealed` downloads.")
    return bring_file(settings, path.read_bytes(), leaves_out=options.leave_out)
