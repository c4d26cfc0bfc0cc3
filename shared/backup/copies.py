"""Copies of stored files, which backups have in common: each content once at a place, sealed as the parts are."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.backup.places import Places
from shared.backup.sealing import seal
from shared.backup.tables import backup_files
from shared.db import Sessions, UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Moment, Payload
from shared.storage import unclaimed
from shared.storage.backends import StoredFile
from shared.storage.errors import FileMissing
from shared.telemetry import log

_BATCH = 200


class ForgottenEvent(Payload):
    """Since when copies have to be in a backup to be kept."""

    oldest_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Makes the copies that a backup lacks. `at` is the moment of the backup, `folder` where files lie meanwhile."""

    sessions: Sessions
    places: Places
    at_places: Sequence[str]
    public_keys: Sequence[str]
    at: datetime
    folder: str

    def copy_all(self, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
        """For each stored file {key, sha256, size, copies: {place: key of the copy}}; without a hash, and without
        copies, for one whose bytes are not there. Raises StorageUnavailable."""
        left = iter(keys)
        while batch := list(islice(left, _BATCH)):
            existing = self._existing(batch)
            for key in batch:
                yield self._entry(key, {row.place: row for row in existing.get(key, ())})

    def _existing(self, keys: Sequence[str]) -> dict[str, list[Any]]:
        """The copies there are, which from now on belong to this backup too."""
        mine = (
            update(backup_files)
            .where(backup_files.c.key.in_(keys), backup_files.c.place.in_(self.at_places))
            .where(backup_files.c.sealed_to == self._sealed_to)
            .values(last_in_at=self.at)
            .returning(backup_files)
        )
        found: dict[str, list[Any]] = {}
        with self.sessions.begin() as session:
            for row in session.connection().execute(mine):
                found.setdefault(row.key, []).append(row)
        return found

    def _entry(self, key: str, existing: dict[str, Any]) -> dict[str, Any]:
        for place in self.at_places:
            if place not in existing and (made := self._copied(key, place)) is not None:
                existing[place] = made
        if not existing:
            log.warning("file_not_in_backup", key=key)
            return {"key": key, "sha256": None, "size": 0, "copies": {}}
        one = next(iter(existing.values()))
        copies = {place: row.copy_key for place, row in existing.items()}
        return {"key": key, "sha256": one.sha256, "size": one.size, "copies": copies}

    def _copied(self, key: str, place: str) -> Any:
        """Copy a file, unless an equal one was copied before; None when its bytes are not there."""
        try:
            stored = self.places.documents.open(key)
        except FileMissing:
            return None
        with closing(stored.content), TemporaryFile(dir=self.folder) as file:
            content = _Hashed(stored)
            seal(content.pieces(), file, self.public_keys)
            values: dict[str, Any] = {
                "key": key,
                "place": place,
                "sha256": content.hash.hexdigest(),
                "size": content.size,
            }
            copy_key = self._equal(values["sha256"], place) or self._put(file, place)
        return self._noted(values | {"copy_key": copy_key, "sealed_to": self._sealed_to, "last_in_at": self.at})

    def _equal(self, sha256: str, place: str) -> str | None:
        same = (backup_files.c.sha256 == sha256) & (backup_files.c.place == place)
        query = select(backup_files.c.copy_key).where(same, backup_files.c.sealed_to == self._sealed_to).limit(1)
        with self.sessions() as session:
            return session.scalar(query)

    def _put(self, file: Any, place: str) -> str:
        size = file.seek(0, os.SEEK_END)
        keys = self.places.put(place, file, size, self._note)
        # One piece: no stored file is as long as the longest piece; what is longer is joined by the keys it has.
        return " ".join(keys)

    def _note(self, key: str) -> None:
        with self.sessions.begin() as session:
            unclaimed.note(session.connection(), key)

    def _noted(self, values: dict[str, Any]) -> Any:
        row = insert(backup_files).values(values)
        row = row.on_conflict_do_update(index_elements=["key", "place"], set_=values)
        with self.sessions.begin() as session:
            connection = session.connection()
            for key in values["copy_key"].split():
                connection.execute(delete(unclaimed.unclaimed_file).where(unclaimed.unclaimed_file.c.key == key))
            return connection.execute(row.returning(backup_files)).one()

    @property
    def _sealed_to(self) -> str:
        return " ".join(sorted(self.public_keys))


class _Hashed:
    """A stored file whose bytes are counted and hashed while they are read."""

    def __init__(self, stored: StoredFile) -> None:
        self._stored = stored
        self.size, self.hash = 0, hashlib.sha256()

    def pieces(self) -> Iterator[bytes]:
        for piece in self._stored.pieces():
            self.size += len(piece)
            self.hash.update(piece)
            yield piece


def follow_retention(handlers: Handlers) -> None:
    """Let go of copies that are in no backup any more."""

    @handlers.on("reporting.backup.forgotten.v1", payload=ForgottenEvent, is_awaited=False)
    def forget_copies(uow: UnitOfWork, forgotten: ForgottenEvent, envelope: Envelope) -> None:
        forget(uow.connection, before=forgotten.oldest_at)


def forget(connection: Connection, *, before: datetime) -> None:
    """Forget copies that are in no backup since then; their bytes are swept."""
    old = delete(backup_files).where(backup_files.c.last_in_at < before).returning(backup_files.c.copy_key)
    gone = {key for keys in connection.execute(old).scalars() for key in keys.split()}
    kept = select(backup_files.c.copy_key).where(backup_files.c.copy_key.in_(gone))
    for key in gone - set(connection.execute(kept).scalars()):
        unclaimed.note(connection, key)
