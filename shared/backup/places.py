"""The places where backups are kept, and long files in pieces there."""

import io
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import IO

from shared.backup.events import CLOUD, LOCAL
from shared.storage.backends import PIECE_BYTES, Storage, make_storage
from shared.storage.keys import BACKUPS, new_key
from shared.storage.local import LocalStorage
from shared.storage.settings import StorageSettings

MEDIA_TYPE = "application/octet-stream"
# The cloud takes no raw files beyond 10 MB on its smallest plan.
CLOUD_PIECE_BYTES = 9 * 1024 * 1024


class PlaceMissing(Exception):
    """This installation has no such place for backups."""


class Places:
    """The storages of one service that backups may be kept in; `documents` is the one its documents are in."""

    def __init__(self, settings: StorageSettings, service: str) -> None:
        self.documents = make_storage(settings, service)
        self._storages: dict[str, Storage] = {LOCAL: LocalStorage(settings.storage_folder, service)}
        if settings.cloudinary_url:
            # Only where there is one: the SDK of the cloud is 10 MB.
            from shared.storage.cloud import CloudinaryStorage

            self._storages[CLOUD] = CloudinaryStorage(settings.cloudinary_url, folder=f"millenium-potters/{service}")

    @property
    def names(self) -> tuple[str, ...]:
        """Those there are."""
        return tuple(self._storages)

    def at(self, place: str) -> Storage:
        """The storage at a place. Raises PlaceMissing."""
        try:
            return self._storages[place]
        except KeyError as error:
            raise PlaceMissing("There is no CLOUDINARY_URL, so no backup can be kept in the cloud.") from error

    def delete(self, key: str) -> None:
        """Remove the bytes under a key: those of a backup wherever they are. Raises StorageUnavailable."""
        if not key.startswith(f"{BACKUPS}/"):
            self.documents.delete(key)
            return
        for storage in self._storages.values():
            storage.delete(key)

    def put(self, place: str, file: IO[bytes], size: int, note: Callable[[str], None]) -> list[str]:
        """Keep a file of so many bytes, from its start; returns the keys of its pieces. `note` is called with each key
        before there is something under it. Raises PlaceMissing, StorageUnavailable."""
        storage, keys = self.at(place), []
        longest = CLOUD_PIECE_BYTES if place == CLOUD else max(size, 1)
        for start in range(0, max(size, 1), longest):
            key = new_key(BACKUPS)
            note(key)
            file.seek(start)
            # The SDK of the cloud wants to know how long it is, and reads it as a whole.
            piece = io.BytesIO(file.read(longest)) if place == CLOUD else file
            storage.put(key, piece, MEDIA_TYPE)
            keys.append(key)
        return keys

    def open(self, place: str, keys: Sequence[str]) -> "Pieces":
        """The bytes that were kept as these pieces. Raises PlaceMissing at once, and what a storage raises when it is
        read."""
        return Pieces(self.at(place), keys)


class Pieces:
    """A file that lies in a storage in pieces, to be read from its start to its end and closed."""

    def __init__(self, storage: Storage, keys: Sequence[str]) -> None:
        self._pieces = self._all(storage, keys)
        self._rest = b""

    def begin(self) -> None:
        """Read a first piece, so that one that is missing is known. Raises FileMissing, StorageUnavailable."""
        self._rest = self._rest or next(self._pieces, b"")

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most so many; none at the end. Raises FileMissing, StorageUnavailable."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
        size = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def pieces(self) -> Iterator[bytes]:
        """The bytes from here to the end, a little at a time. Raises FileMissing, StorageUnavailable."""
        while piece := self.read(PIECE_BYTES):
            yield piece

    def close(self) -> None:
        """Let go of what is open."""
        self._pieces.close()

    @staticmethod
    def _all(storage: Storage, keys: Sequence[str]) -> Generator[bytes, None, None]:
        for key in keys:
            stored = storage.open(key)
            try:
                yield from stored.pieces()
            finally:
                stored.content.close()
