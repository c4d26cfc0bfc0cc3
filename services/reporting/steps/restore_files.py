"""Files that somebody brings to be restored: looked at as a whole before anything else, and kept as sealed parts."""

import hashlib
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec
import orjson

from services.reporting.domain.backups import SERVICES
from shared.backup.events import LOCAL
from shared.backup.part import Block, Head, Header, Kind, PartWriter
from shared.backup.places import Places
from shared.backup.sealing import make_key_pair, seal
from shared.errors import RuleViolated
from shared.storage.settings import StorageSettings

FORMAT, VERSION = "millenium-backup", "2"
_PIECE_BYTES = 1024 * 1024
_ENDING = ".part.gz.age"


class NoBackupFile(RuleViolated):
    """The file is no backup, or one of a form that this release does not read."""


class BackupFileDamaged(RuleViolated):
    """The file is not what was downloaded: it was cut off, or something in it is other than its checksum says."""


class TableOfFile(msgspec.Struct):
    """A table: rows as the database copies them, each a text."""

    columns: list[str]
    rows: msgspec.Raw


class ServiceOfFile(msgspec.Struct):
    migration: str
    tables: dict[str, TableOfFile]
    sequences: dict[str, int | None] = {}


class BackupFile(msgspec.Struct):
    metadata: dict[str, Any]
    data: dict[str, msgspec.Raw]
    services: dict[str, ServiceOfFile] = {}


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file comes to: parts as events name them, the keys that open them, and the moment that is in it."""

    parts: Sequence[Mapping[str, Any]]
    private_keys: Sequence[str]
    cut_at: datetime | None


def read_file(content: bytes) -> BackupFile:
    """A downloaded file. Raises NoBackupFile, BackupFileDamaged."""
    file: BackupFile = _decoded(content, BackupFile)
    return file


def _decoded(content: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise NoBackupFile(f"This is no backup: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BackupFileDamaged("The file is damaged, or was cut off: it is no whole JSON.") from error


def check_file(file: BackupFile) -> None:
    """Compare a file with what its `metadata` say of it. Raises NoBackupFile, BackupFileDamaged."""
    metadata = file.metadata
    if metadata.get("format") != FORMAT:
        raise NoBackupFile("This is no backup of this platform: its metadata name no format that is known here.")
    if metadata.get("version") != VERSION:
        raise NoBackupFile(
            f"The file has version {metadata.get('version')} of the form, and this release reads {VERSION}: restore "
            "it with the release that made it, and upgrade then."
        )
    contents = metadata.get("contents")
    if not isinstance(contents, dict) or _hash(contents) != metadata.get("checksum"):
        raise BackupFileDamaged("The checksum of the file does not match.")
    if missing := set(SERVICES) - file.services.keys():
        raise BackupFileDamaged(f"The file lacks what it has of {', '.join(sorted(missing))}.")
    found = {f"data.{name}": _content(_objects(rows)) for name, rows in file.data.items()}
    for service, of_service in file.services.items():
        for name, table in of_service.tables.items():
            found[f"services.{service}.{name}"] = _content(_lines(table.rows))
    for name in sorted({*contents, *found}):
        if contents.get(name) != found.get(name):
            raise BackupFileDamaged(f"{name} is not what the checksum of the file says.")


def _objects(rows: msgspec.Raw) -> list[bytes]:
    try:
        return [orjson.dumps(row) for row in orjson.loads(bytes(rows))]
    except orjson.JSONDecodeError as error:
        raise BackupFileDamaged("A section of the file is damaged.") from error


def _lines(rows: msgspec.Raw) -> list[bytes]:
    try:
        return [row.encode() for row in msgspec.json.decode(rows, type=list[str])]
    except msgspec.MsgspecError as error:
        raise BackupFileDamaged("A table of the file is damaged.") from error


def _content(rows: Sequence[bytes]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row + b"\n")
    return {"rows": len(rows), "sha256": digest.hexdigest()}


def _hash(contents: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(contents, option=orjson.OPT_SORT_KEYS)).hexdigest()


def keep_parts(settings: StorageSettings, file: BackupFile) -> Brought:
    """Keep a file that was checked as sealed parts, in the storages of their services. Raises StorageUnavailable."""
    created_at = file.metadata.get("createdAt")
    written = (PartWriter(_header(service, file), _blocks(file.services[service])) for service in SERVICES)
    return keep_written(settings, written, datetime.fromisoformat(created_at) if created_at else None)


def keep_written(settings: StorageSettings, parts: Iterable[PartWriter], cut_at: datetime | None) -> Brought:
    """Keep parts, one for each service in their order, sealed to a key of their own. Raises StorageUnavailable."""
    public_key, private_key = make_key_pair()
    kept = []
    for service, part in zip(SERVICES, parts, strict=True):
        with TemporaryFile(dir=_folder(settings)) as sealed:
            seal(part.pieces(), sealed, [public_key])
            kept.append(_put(settings, service, sealed))
    return Brought(kept, [private_key], cut_at)


def _header(service: str, file: BackupFile) -> Header:
    of_service = file.services[service]
    return Header(
        service=service,
        migration=of_service.migration,
        at=str(file.metadata.get("createdAt")),
        backup_id=str(file.metadata.get("backupId")),
        outbox_seq=0,
        sequences=of_service.sequences,
    )


def _blocks(of_service: ServiceOfFile) -> Iterator[Block]:
    for name, table in of_service.tables.items():
        pieces = (line + b"\n" for line in _lines(table.rows))
        yield Block(Head(Kind.TABLE, name, tuple(table.columns)), pieces)


def keep_archive(settings: StorageSettings, path: Path, private_keys: Sequence[str]) -> Brought:
    """Keep the parts of an archive, as `format=sealed` downloads it, in the storages of their services. Raises
    NoBackupFile, BackupFileDamaged, StorageUnavailable."""
    parts = {}
    try:
        with tarfile.open(path, "r|") as archive:
            for member in archive:
                service = member.name.removesuffix(_ENDING)
                content = archive.extractfile(member)
                if service not in SERVICES or content is None:
                    raise NoBackupFile(f"{member.name} is no part of a backup.")
                with TemporaryFile(dir=_folder(settings)) as sealed:
                    while piece := content.read(_PIECE_BYTES):
                        sealed.write(piece)
                    if sealed.tell() != member.size:
                        raise BackupFileDamaged("The file was cut off.")
                    parts[service] = _put(settings, service, sealed)
    except tarfile.TarError as error:
        raise BackupFileDamaged("The file is damaged, or was cut off: it is no whole archive.") from error
    if missing := set(SERVICES) - parts.keys():
        raise BackupFileDamaged(f"The file lacks the parts of {', '.join(sorted(missing))}.")
    return Brought([parts[service] for service in SERVICES], private_keys, None)


def _put(settings: StorageSettings, service: str, sealed: IO[bytes]) -> dict[str, Any]:
    size = sealed.tell()
    sealed.seek(0)
    digest = hashlib.sha256()
    while piece := sealed.read(_PIECE_BYTES):
        digest.update(piece)
    keys = Places(settings, service).put(LOCAL, sealed, size, lambda _: None)
    return {"service": service, "place": LOCAL, "keys": keys, "sha256": digest.hexdigest()}


def _folder(settings: StorageSettings) -> str:
    folder = Path(settings.storage_folder).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(folder)
