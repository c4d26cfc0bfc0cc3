"""What a worker does for backups: it writes the part of its service, in the moment that was asked for.

A part belongs to the worker that has its lease, which it renews while it writes. When a worker is killed its lease runs
out, and another one begins anew; the bytes of the first are swept, for nothing claims them.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from shared import error_reports
from shared.backup import events, tasks
from shared.backup.contents import Contents
from shared.backup.copies import Copies, follow_retention
from shared.backup.cut import CutGone, CutReplaced, at_cut, database_of, keep_readable
from shared.backup.exclusion import working_alone
from shared.backup.export import blocks_of, file_keys, header_of
from shared.backup.part import Header, PartWriter
from shared.backup.places import PlaceMissing, Places
from shared.backup.sealing import BadKey, seal
from shared.backup.tasks import OnEnded, Task, follow_requests
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.messaging.events import Event, of_service
from shared.messaging.handlers import Handlers
from shared.priority import unhurried
from shared.restore.tasks import is_closed
from shared.storage import unclaimed
from shared.storage.backends import PIECE_BYTES
from shared.storage.errors import StorageUnavailable
from shared.storage.settings import StorageSettings
from shared.storage.unclaimed import sweeping
from shared.telemetry import log
from shared.work import LOOK_SECONDS
from shared.worker import Timer

BEAT_SECONDS, PROGRESS_SECONDS = 1.0, 15
MOST_TRIES = 3
"""A part that ends its worker each time is not tried for ever."""
LOST = "whoever wrote it was stopped each time"


class TaskLost(Exception):
    """Another worker has the part, or nothing more is to be written."""


def follow_backups(handlers: Handlers, on_ended: OnEnded | None = None) -> None:
    """Let a service take part in backups: it hears what is asked of it, and what it does beside when one has ended."""
    follow_requests(handlers, on_ended)
    follow_retention(handlers)


class Beat:
    """Keeps the lease of a part for as long as its block lasts, and tells now and then how far it is."""

    def __init__(self, sessions: Sessions, task: Task, tell: Callable[[], None]) -> None:
        self._sessions, self._task, self._tell = sessions, task, tell
        self._is_lost, self._over = False, threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease of {task.backup_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def checked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """These pieces, for as long as the lease is kept. Raises TaskLost."""
        for piece in pieces:
            if self._is_lost:
                raise TaskLost
            yield piece

    def _keep(self) -> None:
        beats = 0
        while not self._is_lost and not self._over.wait(BEAT_SECONDS):
            beats += 1
            try:
                with self._sessions.begin() as session:
                    self._is_lost = not tasks.keep(session.connection(), self._task)
                if not self._is_lost and beats % PROGRESS_SECONDS == 0:
                    self._tell()
            except SQLAlchemyError as error:
                # The lease lasts longer than many a fault; who has lost it finds out at the end.
                log.warning("lease_not_kept", error=repr(error))


class Participant:
    """What a worker needs to take part in backups."""

    def __init__(self, contents: Contents, settings: StorageSettings) -> None:
        self._contents = contents
        self._folder = Path(settings.storage_folder).absolute()
        self.places = Places(settings, contents.service)

    def timers(self) -> list[Timer]:
        """A thread that writes parts, and one that removes files nobody refers to, of backups or others."""
        return [Timer(LOOK_SECONDS, self.write_parts, apart=True, of=tasks.PARTS), sweeping(self.places)]

    def write_parts(self, sessions: Sessions) -> int:
        """Write the parts that are asked for; returns how many were done with."""
        done = 0
        while task := _take(sessions):
            self._try(sessions, task)
            done += 1
        return done

    def _try(self, sessions: Sessions, task: Task) -> None:
        if task.tries > MOST_TRIES:
            self._fail(sessions, task, LOST)
            return
        try:
            if self._is_apart(sessions, task):
                self._fail(sessions, task, "its database is another one", is_apart=True)
            else:
                self._write(sessions, task)
        except TaskLost:
            log.info("backup_part_left", service=self._service, backup_id=task.backup_id)
        except (StorageUnavailable, PlaceMissing, BadKey, CutReplaced, OSError) as error:
            log.error("backup_part_failed", service=self._service, backup_id=task.backup_id, error=repr(error))
            self._fail(sessions, task, str(error))
        except CutGone as error:
            # Whoever held it was stopped, and asks anew.
            log.warning("backup_part_waits", service=self._service, backup_id=task.backup_id, error=str(error))
        except Exception as error:  # noqa: BLE001 - it is tried again when the lease has run out, three times
            log.error("backup_part_interrupted", service=self._service, backup_id=task.backup_id, error=repr(error))
            error_reports.report(error)

    def _is_apart(self, sessions: Sessions, task: Task) -> bool:
        if task.snapshot is None:
            return False
        with sessions() as session:
            return database_of(session.connection()) != task.database

    def _write(self, sessions: Sessions, task: Task) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not where the system puts such files: there it may be memory.
        with TemporaryFile(dir=self._folder) as file, at_cut(sessions, task.snapshot) as connection:
            keep_readable(connection, sessions, self._service, self._contents.tables(task.options))
            header = header_of(connection, self._contents, str(task.backup_id))
            writer = self._writer(connection, sessions, task, header)
            tell = self._teller(sessions, task, writer)
            with Beat(sessions, task, tell) as beat:
                seal(beat.checked(self._paced(sessions, writer.pieces())), file, task.public_keys)
                written = self._written(sessions, task, file, header, writer)
        run_transaction(sessions, self._service, lambda uow: self._publish(uow, task, written))

    def _paced(self, sessions: Sessions, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Leave others time of their own, unless a restore keeps them out and waits for this."""
        with sessions() as session:
            if is_closed(session.connection()):
                return pieces
        return unhurried(pieces, partial(working_alone, sessions))

    def _writer(self, connection: Connection, sessions: Sessions, task: Task, header: Header) -> PartWriter:
        copies = Copies(
            sessions=sessions,
            places=self.places,
            at_places=task.places,
            public_keys=task.public_keys,
            at=datetime.fromisoformat(header.at),
            folder=str(self._folder),
        )
        keys = list(dict.fromkeys(file_keys(connection, self._contents)))
        return PartWriter(header, blocks_of(connection, self._contents, task.options, copies.copy_all(keys)))

    def _written(
        self, sessions: Sessions, task: Task, file: IO[bytes], header: Header, writer: PartWriter
    ) -> events.Written:
        size = file.tell()

        def note(key: str) -> None:
            with sessions.begin() as session:
                unclaimed.note(session.connection(), key)

        copies: list[events.CopyOfPart] = [
            {"place": place, "keys": self.places.put(place, file, size, note)} for place in task.places
        ]
        written: events.Written = self._about(
            events.Written,
            task,
            at=datetime.fromisoformat(header.at),
            migration=header.migration,
            outbox_seq=header.outbox_seq,
            size=size,
            sha256=_hash_of(file),
            copies=copies,
            contents=[
                {"name": name, "rows": content.rows, "sha256": content.sha256}
                for name, content in writer.contents.items()
            ],
        )
        return written

    def _publish(self, uow: UnitOfWork, task: Task, written: events.Written) -> None:
        """The part is known from the moment on in which its bytes are claimed."""
        if not tasks.finish(uow.connection, task):
            raise TaskLost
        for copy in written.copies:
            for key in copy["keys"]:
                unclaimed.claim(uow.connection, key)
        uow.publish(written)

    def _fail(self, sessions: Sessions, task: Task, reason: str, *, is_apart: bool = False) -> None:
        failed = self._about(events.Failed, task, reason=reason, is_apart=is_apart)

        def work(uow: UnitOfWork) -> None:
            if tasks.finish(uow.connection, task):
                uow.publish(failed)

        run_transaction(sessions, self._service, work)

    def _teller(self, sessions: Sessions, task: Task, writer: PartWriter) -> Callable[[], None]:
        def tell() -> None:
            progressed = self._about(events.Progressed, task, rows=writer.rows)
            run_transaction(sessions, self._service, lambda uow: uow.publish(progressed))

        return tell

    def _about(self, kind: type[Event], task: Task, **fields: Any) -> Any:
        """An event of this service about its part."""
        declared: Any = of_service(kind, self._service)
        return declared(
            aggregate_id=task.backup_id, version=task.attempt, backup_id=task.backup_id, attempt=task.attempt, **fields
        )

    @property
    def _service(self) -> str:
        return self._contents.service


def _take(sessions: Sessions) -> Task | None:
    with sessions.begin() as session:
        return tasks.take(session.connection())


def _hash_of(file: IO[bytes]) -> str:
    file.seek(0)
    sha256 = hashlib.sha256()
    while piece := file.read(PIECE_BYTES):
        sha256.update(piece)
    return sha256.hexdigest()
