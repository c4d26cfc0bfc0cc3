"""The format of a part: what one service gives to a backup, as lines.

    {"format":"millenium-part","version":1,"service":"lending","migration":"0008",...}     the header
    {"table":"loans","columns":["id",...]}                                                 a block: its head,
    <rows, each a line exactly as COPY ... TO STDOUT writes it>                            its rows,
    \\.                                                                                     its end
    {"section":"loans"}                                                                    a section of the file that
    {"id":"...",...}                                                                       is downloaded: a JSON
    \\.                                                                                     object a line
    {"files":"files"}                                                                      copies of documents
    \\.
    {"end":{"table loans":{"rows":1,"sha256":"..."},...}}                                  the last line

The hash of a block is that of its rows, each with the line feed behind it. A part is never read as a whole.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

import orjson

FORMAT, VERSION = "millenium-part", 1
END = b"\\."
_BATCH_BYTES = 256 * 1024
# No header, head or row is so long; a line without an end is no part, and is not gathered until memory is full.
LONGEST_LINE = 64 * 1024 * 1024


class PartDamaged(Exception):
    """What is read is no part, or is not whole, or is not what was written."""


class Kind(StrEnum):
    """What a block holds: the rows of a table, a section of the file that is downloaded, or copies of files."""

    TABLE = "table"
    SECTION = "section"
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line. `migration` is the newest of the schema; `at` the moment of the cut, ISO 8601 in UTC;
    `outbox_seq` the last event in it; `sequences` the last number that each sequence of the schema has given.

    `origin` names the system whose sections the part holds instead of tables, empty for this one; `leaves_out` says
    that what of them has no place here is left out."""

    service: str
    migration: str
    at: str
    backup_id: str
    outbox_seq: int
    sequences: Mapping[str, int | None]
    format: str = FORMAT
    version: int = VERSION
    origin: str = ""
    leaves_out: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a block."""

    kind: Kind
    name: str
    columns: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What the block is called in the counts of a part: `table loans`."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a block has, and the SHA-256 of them, in hexadecimal."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block to be written. `pieces` are runs of whole rows, each row with its line feed."""

    head: Head
    pieces: Iterable[bytes]


class Count:
    """Counts and hashes rows as they go by."""

    def __init__(self) -> None:
        self._rows, self._hash = 0, hashlib.sha256()

    def add(self, piece: bytes) -> int:
        """Take in whole rows, each with its line feed; returns how many."""
        rows = piece.count(b"\n")
        self._rows += rows
        self._hash.update(piece)
        return rows

    def content(self) -> Content:
        return Content(self._rows, self._hash.hexdigest())


class PartWriter:
    """Writes a part; `contents` are the blocks that are written, by their keys, and `rows` how many rows in all."""

    def __init__(self, header: Header, blocks: Iterable[Block]) -> None:
        self._header, self._blocks = header, blocks
        self.contents: dict[str, Content] = {}
        self.rows = 0

    def pieces(self) -> Iterator[bytes]:
        """The bytes of the part, once."""
        yield _line(asdict(self._header))
        for block in self._blocks:
            count = Count()
            yield _line(_head_line(block.head))
            for piece in block.pieces:
                self.rows += count.add(piece)
                yield piece
            yield END + b"\n"
            self.contents[block.head.key] = count.content()
        yield _line({"end": {key: asdict(content) for key, content in self.contents.items()}})


class PartReader:
    """Reads a part from its bytes. Raises PartDamaged as soon as something is wrong, at the end at the latest."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._batches = _batches(pieces)
        self._lines: list[bytes] = []
        self._position = 0
        self.contents: dict[str, Content] = {}
        self.header = _header(self._next())

    def blocks(self) -> Iterator["OpenBlock"]:
        """The blocks, one after the other; what was not read of one is read over, and counted all the same."""
        while "end" not in (line := _json(self._next())):
            block = OpenBlock(self, _head(line))
            yield block
            self.contents[block.head.key] = block.finish()
        self._check_end(line["end"])

    def take_rows(self) -> tuple[list[bytes], bool]:
        """The rows that are at hand of the block that is being read, and whether its end was among them."""
        if self._position == len(self._lines):
            self._fill()
        first = self._position
        try:
            self._position = self._lines.index(END, first) + 1
        except ValueError:
            self._position = len(self._lines)
            return self._lines[first:], False
        return self._lines[first : self._position - 1], True

    def _next(self) -> bytes:
        if self._position == len(self._lines):
            self._fill()
        self._position += 1
        return self._lines[self._position - 1]

    def _fill(self) -> None:
        self._lines, self._position = next(self._batches, []), 0
        if not self._lines:
            raise PartDamaged("The part ends before its last line.")

    def _check_end(self, said: Any) -> None:
        found = {key: asdict(content) for key, content in self.contents.items()}
        if said != found:
            raise PartDamaged("The rows of the part are not those that were written.")
        if self._position != len(self._lines) or next(self._batches, []):
            raise PartDamaged("Something follows the end of the part.")


class OpenBlock:
    """A block that is being read."""

    def __init__(self, part: PartReader, head: Head) -> None:
        self.head = head
        self._part, self._count, self._is_over = part, Count(), False

    def batches(self) -> Iterator[list[bytes]]:
        """The rows, many at a time, each without its line feed."""
        while not self._is_over:
            rows, self._is_over = self._part.take_rows()
            if rows:
                self._count.add(b"\n".join(rows) + b"\n")
                yield rows

    def rows(self) -> Iterator[bytes]:
        """The rows, each without its line feed."""
        for batch in self.batches():
            yield from batch

    def finish(self) -> Content:
        """Read what is left; how many rows there were, and their hash."""
        for _ in self.batches():
            pass
        return self._count.content()


def joined(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Rows without line feeds as pieces for a `Block`, some hundred kilobytes each."""
    held: list[bytes] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row)
        if size >= _BATCH_BYTES:
            yield b"\n".join(held) + b"\n"
            held, size = [], 0
    if held:
        yield b"\n".join(held) + b"\n"


def _line(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value) + b"\n"


def _head_line(head: Head) -> dict[str, Any]:
    columns = {"columns": list(head.columns)} if head.kind is Kind.TABLE else {}
    return {head.kind.value: head.name, **columns}


def _json(line: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise PartDamaged("A line of the part cannot be read.") from error
    if not isinstance(value, dict):
        raise PartDamaged("A line of the part is no object.")
    return value


def _header(line: bytes) -> Header:
    said = _json(line)
    if said.get("format") != FORMAT:
        raise PartDamaged("This is no part of a backup.")
    if said.get("version") != VERSION:
        raise PartDamaged(f"The part has version {said.get('version')!r} of the format; version {VERSION} can be read.")
    names = {field.name for field in fields(Header)}
    try:
        return Header(**{name: value for name, value in said.items() if name in names})
    except TypeError as error:
        raise PartDamaged("The header of the part lacks something.") from error


def _head(line: Mapping[str, Any]) -> Head:
    for kind in Kind:
        if isinstance(name := line.get(kind.value), str):
            return Head(kind, name, tuple(map(str, line.get("columns", ()))))
    raise PartDamaged("A block of the part begins with something unknown.")


def _batches(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Lines without their line feeds, as many at a time as come together."""
    rest = b""
    for piece in pieces:
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        if len(rest) > LONGEST_LINE:
            raise PartDamaged("A line of the part has no end.")
        if lines:
            yield lines
    if rest:
        raise PartDamaged("The part ends within a line.")
