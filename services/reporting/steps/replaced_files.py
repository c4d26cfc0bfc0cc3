"""Backup files of the system that was replaced: looked at as a whole, and given to the services that make rows of them.

Its JSON has `metadata` with a `version` of its own, a `checksum` and `recordCounts`, and `data` with the records.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from services.reporting.domain.backups import SERVICES
from services.reporting.steps.restore_files import (
    BackupFile,
    BackupFileDamaged,
    Brought,
    NoBackupFile,
    check_file,
    keep_parts,
    keep_written,
    read_file,
)
from shared.backup.part import Block, Head, Header, Kind, PartWriter, joined
from shared.storage.settings import StorageSettings
from shared.takeover.part import ORIGIN

_PEOPLE = ("users", "unions", "unionMembers")
# What each service reads. Nobody reads its audit trail, its sessions, its reports or where it put money: the trail here
# goes on, everybody signs in anew, reports can be made anew, and so is where money lies.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "identity": ("users", "companySettings", "userNotes", "userLoginHistory"),
    "membership": (
        *_PEOPLE, "documentTypes", "unionMemberDocuments", "unionAssignmentHistory", "unionMemberReassignments"
    ),
    "lending": (*_PEOPLE, "loanTypes", "loans", "repaymentScheduleItems", "repayments", "loanDocuments"),
    "payments": (*_PEOPLE, "loanTypes", "loans", "repaymentScheduleItems", "repayments"),
}  # fmt: skip
NEEDED = frozenset(_PEOPLE) | {"loans", "repaymentScheduleItems", "repayments"}
_OF_ACCOUNTS = frozenset({"password", "passwordHash"})


def bring_file(settings: StorageSettings, content: bytes, *, leaves_out: bool) -> Brought:
    """Check a file that somebody brings, and keep it as parts. `leaves_out` agrees that what of a file of the replaced
    system has no place here is left out. Raises NoBackupFile, BackupFileDamaged, StorageUnavailable."""
    file = read_file(content)
    if not _is_replaced(file):
        check_file(file)
        return keep_parts(settings, file)
    records = _checked(file)
    created_at = str(file.metadata.get("createdAt"))
    header = Header(
        service="", migration="", at=created_at, backup_id="", outbox_seq=0, sequences={}, origin=ORIGIN,
        leaves_out=leaves_out,
    )  # fmt: skip
    written = (PartWriter(_of(service, header), _blocks(service, records)) for service in SERVICES)
    return keep_written(settings, written, _moment(created_at))


def _is_replaced(file: BackupFile) -> bool:
    return "format" not in file.metadata and not file.services and {"version", "checksum"} <= file.metadata.keys()


def _checked(file: BackupFile) -> Mapping[str, list[dict[str, Any]]]:
    """Its records by section. Raises NoBackupFile, BackupFileDamaged."""
    try:
        records = {name: orjson.loads(bytes(rows)) for name, rows in file.data.items()}
    except orjson.JSONDecodeError as error:
        raise BackupFileDamaged("A section of the file is damaged.") from error
    unsigned = {name: value for name, value in file.metadata.items() if name != "checksum"}
    whole = {"metadata": unsigned, "data": records}
    # As it wrote the file, and as a browser sends it on.
    texts = (orjson.dumps(whole), orjson.dumps(whole, option=orjson.OPT_INDENT_2))
    if file.metadata["checksum"] not in {hashlib.sha256(text).hexdigest() for text in texts}:
        raise BackupFileDamaged("The checksum of the file does not match.")
    counts = file.metadata.get("recordCounts")
    for name, rows in records.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise NoBackupFile(f"{name} is no list of records.")
        if isinstance(counts, dict) and counts.get(name, len(rows)) != len(rows):
            raise BackupFileDamaged(f"{name} has not as many records as the file says.")
    if missing := NEEDED - records.keys():
        raise NoBackupFile(f"This is no backup: it lacks {', '.join(sorted(missing))}.")
    return records


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _of(service: str, header: Header) -> Header:
    return replace(header, service=service)


def _blocks(service: str, records: Mapping[str, list[dict[str, Any]]]) -> Iterator[Block]:
    for section in SECTIONS.get(service, ()):
        hidden = frozenset() if service == "identity" else _OF_ACCOUNTS
        rows = ({name: value for name, value in row.items() if name not in hidden} for row in records.get(section, ()))
        yield Block(Head(Kind.SECTION, section), joined(orjson.dumps(row) for row in rows))
