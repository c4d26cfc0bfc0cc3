"""Sealed bytes: compressed by gzip, then encrypted by age to public keys. Both are done by the piece; `age -d` opens
the same file by hand."""

import io
import os
import threading
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import IO, Protocol

import pyrage
from isal import isal_zlib

from shared.backup.part import PartDamaged

# 0 is a tenth faster and its files half as large again; 2 makes none smaller.
_LEVEL = 1
_PIECE_BYTES = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class BadKey(Exception):
    """What was given is no key of age: `age1...` is a public one, `AGE-SECRET-KEY-1...` a private one."""


class WrongKey(Exception):
    """None of the private keys belongs to one of the public keys that the file was sealed to."""


class Source(Protocol):
    """Something that is open to be read."""

    def read(self, size: int, /) -> bytes: ...


def make_key_pair() -> tuple[str, str]:
    """A new public and private key."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


def check_public_key(text: str) -> str:
    """The public key. Raises BadKey."""
    return str(_recipient(text))


def public_key_of(private_key: str) -> str:
    """The public key of a private one. Raises BadKey."""
    return str(_identity(private_key).to_public())


def seal(pieces: Iterable[bytes], into: IO[bytes], public_keys: Sequence[str]) -> None:
    """Write bytes sealed to these keys. Raises BadKey, and whatever `pieces` and the file raise."""
    source, file = _Pieces(_compressed(pieces)), _File(into)
    try:
        pyrage.encrypt_io(source, file, [_recipient(key) for key in public_keys])
    except (pyrage.EncryptError, OSError):
        # It says of an error of either only what its text was.
        if error := source.error or file.error:
            raise error from None
        raise
    # Of an error in the last piece it says nothing at all.
    if error := source.error or file.error:
        raise error
    into.flush()


def unsealed(sealed: Source, private_keys: Sequence[str]) -> Generator[bytes, None, None]:
    """The bytes that were sealed. Raises BadKey and WrongKey at the first piece, PartDamaged wherever the file is not
    as it was written."""
    identities = [_identity(key) for key in private_keys]
    inflate = zlib.decompressobj(_GZIP)
    for piece in _decrypted(sealed, identities):
        while piece:
            try:
                yield from filter(None, [inflate.decompress(piece, _PIECE_BYTES)])
            except zlib.error as error:
                raise PartDamaged("The file is damaged.") from error
            piece = inflate.unconsumed_tail
    yield from filter(None, [inflate.flush()])
    if not inflate.eof:
        raise PartDamaged("The file ends too early.")


def _decrypted(sealed: Source, identities: Sequence[pyrage.x25519.Identity]) -> Iterator[bytes]:
    """What a thread decrypts, through a pipe: pyrage writes, and whoever reads here decides when."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with io.FileIO(writing, "wb") as pipe:
                pyrage.decrypt_io(sealed, _Whole(pipe), identities)
        except BaseException as error:  # noqa: BLE001 - it is raised where the bytes are read
            failed.append(error)

    thread = threading.Thread(target=work, name="unsealing", daemon=True)
    thread.start()
    try:
        with open(reading, "rb", buffering=0) as pipe:
            while piece := pipe.read(_PIECE_BYTES):
                yield piece
    finally:
        # Whoever stops early has closed the pipe, on which the thread ends.
        thread.join()
    if failed:
        raise _fault(failed[0]) from failed[0]


def _fault(error: BaseException) -> BaseException:
    if isinstance(error, pyrage.DecryptError):
        if "No matching keys" in str(error):
            return WrongKey("The key does not open this backup.")
        return PartDamaged("The file is not sealed by age, or is damaged.")
    if isinstance(error, OSError) and error.errno is None:
        return PartDamaged("The file is damaged, or ends too early.")
    return error


class _Whole:
    """A pipe may take less than it is given."""

    def __init__(self, pipe: io.FileIO) -> None:
        self._pipe = pipe

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while left:
            left = left[self._pipe.write(left) or 0 :]
        return len(data)

    def flush(self) -> None:
        """A pipe holds nothing back."""


class _File:
    """A file to be written to; keeps the error that ended it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: Exception | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except Exception as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._file.flush()


class _Pieces:
    """Pieces as something to be read from; keeps the error that ended it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest, self._start = iter(pieces), b"", 0
        self.error: Exception | None = None

    def read(self, size: int) -> bytes:
        try:
            while self._start == len(self._rest):
                self._rest, self._start = next(self._pieces), 0
        except StopIteration:
            return b""
        except Exception as error:
            self.error = error
            raise
        found = self._rest[self._start : self._start + size]
        self._start += len(found)
        return found


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    squeeze = isal_zlib.compressobj(_LEVEL, wbits=_GZIP)
    for piece in pieces:
        yield from filter(None, [squeeze.compress(piece)])
    yield squeeze.flush()


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BadKey("A public key looks like age1...") from error


def _identity(text: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(text.strip())
    except pyrage.IdentityError as error:
        raise BadKey("A private key looks like AGE-SECRET-KEY-1...") from error
