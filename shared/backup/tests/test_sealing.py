"""What is sealed opens with the private key alone, by the piece, and shows every damage."""

import errno
import gzip
import io
import os
import threading
from collections.abc import Iterator
from typing import Any

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.backup.part import PartDamaged
from shared.backup.sealing import (
    BadKey,
    WrongKey,
    check_public_key,
    make_key_pair,
    public_key_of,
    seal,
    unsealed,
)

PUBLIC, PRIVATE = make_key_pair()
LONG = [bytes([number % 251]) * 5000 for number in range(400)]


def sealed(pieces: list[bytes], *public_keys: str) -> bytes:
    file = io.BytesIO()
    seal(pieces, file, public_keys or [PUBLIC])
    return file.getvalue()


def opened(content: bytes, *private_keys: str) -> bytes:
    return b"".join(unsealed(io.BytesIO(content), private_keys or [PRIVATE]))


# Sealed once: no two files sealed from the same bytes are alike.
SEALED = sealed(LONG)


@given(st.lists(st.binary(max_size=3000)))
def test_what_was_sealed_comes_back(pieces):
    assert opened(sealed(pieces)) == b"".join(pieces)


def test_the_standard_formats_are_used():
    content = pyrage.decrypt(sealed(LONG), [pyrage.x25519.Identity.from_str(PRIVATE)])
    assert gzip.decompress(content) == b"".join(LONG)


def test_any_of_several_keys_opens_it():
    public, private = make_key_pair()
    content = sealed(LONG, PUBLIC, public)
    assert opened(content, private) == opened(content) == b"".join(LONG)
    assert opened(content, make_key_pair()[1], private) == b"".join(LONG)


def test_another_key_does_not_open_it():
    with pytest.raises(WrongKey):
        opened(sealed(LONG), make_key_pair()[1])


@pytest.mark.parametrize("key", ["", "age1xyz", "AGE-SECRET-KEY-1XYZ", "ssh-ed25519 AAAA", PUBLIC])
def test_what_is_no_private_key_is_refused(key):
    with pytest.raises(BadKey):
        public_key_of(key)


def test_a_private_key_is_no_public_one():
    assert check_public_key(PUBLIC) == PUBLIC == public_key_of(f" {PRIVATE}\n")
    with pytest.raises(BadKey):
        check_public_key(PRIVATE)


@given(st.data())
def test_every_damage_is_seen(data):
    content = bytearray(SEALED)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises((PartDamaged, WrongKey)):
        opened(bytes(content))


@given(st.data())
def test_no_end_can_be_cut_off_unseen(data):
    with pytest.raises((PartDamaged, WrongKey)):
        opened(SEALED[: data.draw(st.integers(0, len(SEALED) - 1))])


def test_what_is_encrypted_without_being_compressed_is_refused():
    recipient = pyrage.x25519.Recipient.from_str(PUBLIC)
    with pytest.raises(PartDamaged):
        opened(pyrage.encrypt(b"not gzip", [recipient]))
    with pytest.raises(PartDamaged):
        opened(pyrage.encrypt(gzip.compress(b"x" * 9999)[:-9], [recipient]))


def test_the_error_of_what_is_read_is_the_one_that_is_raised():
    class Broken(Exception):
        """Of the source."""

    def pieces() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise Broken

    with pytest.raises(Broken):
        seal(pieces(), io.BytesIO(), [PUBLIC])


def test_the_error_of_the_file_is_the_one_that_is_raised():
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        seal(LONG, Full(), [PUBLIC])


def test_who_stops_reading_leaves_no_thread_behind():
    before = threading.active_count()
    pieces = unsealed(io.BytesIO(sealed([bytes(range(256)) * 40_000])), [PRIVATE])
    next(pieces)
    pieces.close()
    assert threading.active_count() == before


class FullDisk(io.RawIOBase):
    """A file that has room for so many bytes."""

    def __init__(self, room: int) -> None:
        self._room = room

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if len(data) > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._room -= len(data)
        return len(data)


@pytest.mark.parametrize("size", [10, 5_000, 70_000, 200_000])
def test_what_finds_no_room_is_said_to_whichever_piece_it_happens(size):
    content, whole = os.urandom(size), io.BytesIO()
    seal([content], whole, [PUBLIC])
    length = len(whole.getvalue())
    seal([content], FullDisk(length + 1_000), [PUBLIC])
    # How long the head is, is left to chance, by some hundred bytes.
    for room in (0, 100, length // 2, max(0, length - 1_000)):
        with pytest.raises(OSError, match="No space left"):
            seal([content], FullDisk(room), [PUBLIC])
