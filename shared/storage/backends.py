"""The storage: bytes under a key. One interface, two backends, chosen by setting."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from shared.storage.settings import CLOUDINARY, StorageSettings

PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file of so many bytes, to be read once and closed."""

    size: int
    content: "Readable"

    def pieces(self) -> Iterator[bytes]:
        """The bytes from here to the end, a little at a time."""
        while piece := self.content.read(PIECE_BYTES):
            yield piece


class Readable(Protocol):
    """An open file, or an open answer."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class Storage(Protocol):
    """Keeps bytes under keys made by `new_key`. Safe to share between threads."""

    def put(self, key: str, content: IO[bytes], content_type: str) -> None:
        """Keep what is left to read of `content`; on return it is on disk, whole. Raises StorageUnavailable."""

    def open(self, key: str) -> StoredFile:
        """The bytes under a key. Raises FileMissing, StorageUnavailable."""

    def delete(self, key: str) -> None:
        """Forget the bytes under a key, if there are any. Raises StorageUnavailable."""


def make_storage(settings: StorageSettings, service: str) -> Storage:
    """The storage that the settings name; each service has a part of its own in it."""
    # Only the one that is used: the SDK of the cloud is 10 MB.
    if settings.storage == CLOUDINARY:
        from shared.storage.cloud import CloudinaryStorage

        return CloudinaryStorage(settings.cloudinary_url, folder=f"millenium-potters/{service}")
    from shared.storage.local import LocalStorage

    return LocalStorage(settings.storage_folder, service)
