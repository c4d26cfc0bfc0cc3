"""Files in a folder of this machine, or of one that several machines mount."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

from shared.storage.backends import PIECE_BYTES, StoredFile
from shared.storage.errors import FileMissing, StorageUnavailable
from shared.storage.keys import check_key


class LocalStorage:
    """Bytes under `folder/service/`, in files that only this account may read."""

    def __init__(self, folder: str, service: str) -> None:
        self._root = Path(folder).absolute() / service

    def put(self, key: str, content: IO[bytes], content_type: str) -> None:
        path = self._path(key)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(path, content)
        except OSError as error:
            raise StorageUnavailable(f"A file could not be kept: {error}") from error

    def open(self, key: str) -> StoredFile:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError as error:
            raise FileMissing("File not found") from error
        except OSError as error:
            raise StorageUnavailable(f"A file could not be read: {error}") from error
        return StoredFile(os.fstat(file.fileno()).st_size, file)

    def delete(self, key: str) -> None:
        path = self._path(key)
        try:
            # A process that was killed while it wrote has left its draft.
            for leftover in (path, _draft(path)):
                leftover.unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"A file could not be removed: {error}") from error

    def _path(self, key: str) -> Path:
        folder, _, name = check_key(key).partition("/")
        # A folder with a million entries is slow to list; 256 folders with four thousand each are not.
        return self._root / folder / name[:2] / name

    def _write(self, path: Path, content: IO[bytes]) -> None:
        """Under another name first, so that a crash never leaves half a file under the real one."""
        draft = _draft(path)
        try:
            with open(draft, "wb", opener=_for_us_only) as file:
                shutil.copyfileobj(content, file, PIECE_BYTES)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise
        # The name itself is on disk only when the folder is.
        for folder in (path.parent, path.parent.parent):
            _sync_folder(folder)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}")


def _for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
