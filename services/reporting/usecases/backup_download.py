"""A backup as it is downloaded: one JSON file, a zip of tables as CSV, or its parts as they are kept. It is put
together while it is read."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from services.reporting.domain.backups import SERVICES, Backup, Part
from services.reporting.steps.backup_parts import open_part, sealed_bytes
from shared.backup.part import Kind, OpenBlock, PartReader
from shared.csv_text import csv_lines
from shared.storage.settings import StorageSettings

FORMAT, VERSION = "millenium-backup", "2"
# Where in the file the blocks of each kind are.
_PLACES = {"section": "data.{name}", "table": "services.{service}.{name}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A whole backup on its way out. `private_keys` open its parts; `system` says what made it."""

    settings: StorageSettings
    backup: Backup
    parts: Sequence[Part]
    private_keys: Sequence[str]
    system: str

    def check(self) -> None:
        """Open every part for a moment, so that what is wrong is said before anything is sent. Raises FileMissing,
        StorageUnavailable, BadKey, WrongKey, PartDamaged."""
        for part in self._in_order():
            with open_part(self.settings, part, self.private_keys):
                pass

    def json(self) -> Iterator[bytes]:
        """The file as JSON: `metadata`, then `data` with the sections, then `services` with their tables."""
        yield b'{"metadata":' + orjson.dumps(self.metadata()) + b',"data":{'
        yield from self._sections()
        yield b'},"services":{'
        for number, part in enumerate(self._in_order()):
            yield (b"," if number else b"") + orjson.dumps(part.service) + b":{"
            yield b'"migration":' + orjson.dumps(part.migration)
            yield b',"sequences":' + orjson.dumps(self._sequences(part)) + b',"tables":{'
            yield from self._tables(part)
            yield b"}}"
        yield b"}}"

    def csv(self) -> Iterator[bytes]:
        """A zip with a table for each section."""
        out = _Out()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("metadata.json", orjson.dumps(self.metadata(), option=orjson.OPT_INDENT_2))
            for block in self._blocks(Kind.SECTION):
                with archive.open(f"{block.head.name}.csv", "w", force_zip64=True) as file:
                    for line in _csv(block):
                        file.write(line)
                        yield from out.taken()
        yield from out.taken(0)

    def sealed(self) -> Iterator[bytes]:
        """The parts as they are kept, in one archive: each opens by `age -d`, then gunzip."""
        for part in self._in_order():
            info = tarfile.TarInfo(f"{part.service}.part.gz.age")
            info.size, info.mtime = part.size or 0, int(self.backup.created_at.timestamp())
            yield info.tobuf(tarfile.PAX_FORMAT)
            yield from sealed_bytes(self.settings, part).pieces()
            yield b"\0" * (-info.size % tarfile.BLOCKSIZE)
        yield b"\0" * tarfile.BLOCKSIZE * 2

    def metadata(self) -> dict[str, Any]:
        """What stands before all: the checksum is that of `contents`, which have one of each table and section."""
        contents = {name: content for part in self._in_order() for name, content in _contents(part)}
        return {
            "format": FORMAT,
            "version": VERSION,
            "createdAt": (self.backup.cut_at or self.backup.created_at).isoformat().replace("+00:00", "Z"),
            "systemVersion": self.system,
            "backupId": str(self.backup.id),
            "includeAuditLogs": self.backup.include_audit_logs,
            "includeSessions": self.backup.include_sessions,
            "checksum": checksum(contents),
            "recordCounts": dict(self.backup.record_counts or {}),
            "contents": contents,
        }

    def _sections(self) -> Iterator[bytes]:
        is_first = True
        for block in self._blocks(Kind.SECTION):
            yield (b"" if is_first else b",") + orjson.dumps(block.head.name) + b":["
            yield from _listed(b",".join(rows) for rows in block.batches())
            yield b"]"
            is_first = False

    def _sequences(self, part: Part) -> dict[str, int | None]:
        """The last numbers that were given, which whoever restores the file does not give again."""
        with open_part(self.settings, part, self.private_keys) as reader:
            return dict(reader.header.sequences)

    def _tables(self, part: Part) -> Iterator[bytes]:
        is_first = True
        for block in self._blocks(Kind.TABLE, [part]):
            columns = orjson.dumps(block.head.columns)
            yield (b"" if is_first else b",") + orjson.dumps(block.head.name) + b':{"columns":' + columns + b',"rows":['
            yield from _listed(b",".join(map(_quoted, rows)) for rows in block.batches())
            yield b"]}"
            is_first = False

    def _blocks(self, kind: Kind, parts: Sequence[Part] | None = None) -> Iterator[OpenBlock]:
        for part in self._in_order() if parts is None else parts:
            with open_part(self.settings, part, self.private_keys) as reader:
                yield from _of_kind(reader, kind)

    def _in_order(self) -> list[Part]:
        return sorted(self.parts, key=lambda part: SERVICES.index(part.service))


def checksum(contents: Mapping[str, Any]) -> str:
    """The hash over the hashes of all tables and sections, in the order of their names."""
    return hashlib.sha256(orjson.dumps(contents, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _contents(part: Part) -> Iterator[tuple[str, dict[str, Any]]]:
    for content in part.contents or ():
        kind, _, name = str(content["name"]).partition(" ")
        if kind in _PLACES:
            place = _PLACES[kind].format(service=part.service, name=name)
            yield place, {"rows": content["rows"], "sha256": content["sha256"]}


def _of_kind(reader: PartReader, kind: Kind) -> Iterator[OpenBlock]:
    return (block for block in reader.blocks() if block.head.kind is kind)


def _listed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for number, piece in enumerate(pieces):
        if number:
            yield b","
        yield piece


def _quoted(row: bytes) -> bytes:
    return orjson.dumps(row.decode())


def _csv(block: OpenBlock) -> Iterator[bytes]:
    rows = (orjson.loads(row) for row in block.rows())
    # All rows of a section have the same names; one without rows says none.
    first = next(rows, None)
    if first is not None:
        cells = ([_cell(value) for value in row.values()] for row in chain([first], rows))
        yield from (line.encode() for line in csv_lines(list(first), cells))


def _cell(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return orjson.dumps(value).decode()
    return str(value)


class _Out(io.RawIOBase):
    """Gathers what an archive writes, to be taken from time to time."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self, most: int = 64 * 1024) -> Iterator[bytes]:
        """What was gathered, when it is more than so much."""
        if len(self._held) > most:
            piece, self._held = bytes(self._held), bytearray()
            yield piece
