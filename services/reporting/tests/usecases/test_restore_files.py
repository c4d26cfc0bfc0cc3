"""A file that somebody brings is what its checksums say, or it is refused with the reason."""

import argparse
import hashlib
import io
import tarfile
import tracemalloc
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.commands.restores import restore
from services.reporting.domain.backups import SERVICES
from services.reporting.steps.restore_files import (
    BackupFileDamaged,
    NoBackupFile,
    check_file,
    keep_archive,
    keep_parts,
    read_file,
)
from shared.backup.part import PartReader
from shared.backup.places import Places
from shared.backup.sealing import unsealed

ROWS = ["1\tAda\\nObi", "2\t\\N"]
USERS = [{"id": "1", "email": "ada@example.org"}, {"id": "2", "email": None}]


def content(rows: list[bytes]) -> dict[str, Any]:
    return {"rows": len(rows), "sha256": hashlib.sha256(b"".join(row + b"\n" for row in rows)).hexdigest()}


def a_file(**metadata: Any) -> dict[str, Any]:
    """A whole file, as it is downloaded."""
    services = {
        service: {
            "migration": "0001",
            "sequences": {"number": 7},
            "tables": {"people": {"columns": ["id", "name"], "rows": ROWS}},
        }
        for service in SERVICES
    }
    contents = {f"services.{service}.people": content([row.encode() for row in ROWS]) for service in SERVICES}
    contents["data.users"] = content([orjson.dumps(user) for user in USERS])
    checksum = hashlib.sha256(orjson.dumps(contents, option=orjson.OPT_SORT_KEYS)).hexdigest()
    whole = {
        "format": "millenium-backup",
        "version": "2",
        "createdAt": "2026-03-11T09:30:00.000000Z",
        "backupId": "0199b3a1-5c00-7000-8000-0000000000f1",
        "checksum": checksum,
        "contents": contents,
    }
    return {"metadata": whole | metadata, "data": {"users": USERS}, "services": services}


def check(file: Any) -> None:
    check_file(read_file(orjson.dumps(file)))


def test_a_whole_file_is_taken_however_it_is_laid_out():
    check(a_file())
    check_file(read_file(orjson.dumps(a_file(), option=orjson.OPT_INDENT_2)))


FOREIGN = {
    "an empty object": {},
    "a list": [],
    "no metadata": {"data": {}},
    "one that names no form": {"metadata": {"version": "1.0", "checksum": "0" * 64}, "data": {"users": []}},
    "an older form": a_file(version="1"),
    "a newer form": a_file(version="3"),
}


@pytest.mark.parametrize("file", FOREIGN.values(), ids=FOREIGN.keys())
def test_what_is_no_backup_of_this_form_is_refused(file):
    with pytest.raises(NoBackupFile):
        check(file)


@given(st.data())
def test_a_file_that_was_cut_off_is_refused(data):
    whole = orjson.dumps(a_file())
    with pytest.raises((BackupFileDamaged, NoBackupFile)):
        check_file(read_file(whole[: data.draw(st.integers(0, len(whole) - 1))]))


def changed(path: list[Any], value: Any) -> dict[str, Any]:
    file = orjson.loads(orjson.dumps(a_file()))
    place = file
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return file


DAMAGED = {
    "another checksum": changed(["metadata", "checksum"], "0" * 64),
    "another count": changed(["metadata", "contents", "data.users", "rows"], 3),
    "a changed row": changed(["services", "lending", "tables", "people", "rows", 0], "1\tEve"),
    "a row more": changed(["services", "lending", "tables", "people", "rows"], [*ROWS, "3\tEve"]),
    "a changed section": changed(["data", "users", 0, "email"], "eve@example.org"),
    "a section more": changed(["data", "loans"], []),
    "a table less": changed(["services", "payments", "tables"], {}),
    "a service less": changed(["services"], {"lending": a_file()["services"]["lending"]}),
    "rows that are none": changed(["services", "lending", "tables", "people", "rows"], 7),
}


@pytest.mark.parametrize("file", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_file_that_was_changed_is_refused(file):
    with pytest.raises(BackupFileDamaged):
        check(file)


def rows_of(settings, brought) -> dict[str, list[bytes]]:
    """What the parts that were kept hold, by service."""
    found = {}
    for part in brought.parts:
        source = Places(settings, part["service"]).open(part["place"], part["keys"])
        reader = PartReader(unsealed(source, brought.private_keys))
        found[part["service"]] = [row for block in reader.blocks() for row in block.rows()]
        assert reader.header.sequences == {"number": 7}
        source.close()
    return found


def test_a_file_is_kept_as_parts_with_the_very_rows(settings):
    brought = keep_parts(settings, read_file(orjson.dumps(a_file())))
    assert rows_of(settings, brought) == {service: [row.encode() for row in ROWS] for service in SERVICES}
    assert brought.cut_at is not None


def an_archive(settings, brought, path, left_out: str = ""):
    with tarfile.open(path, "w") as archive:
        for part in brought.parts:
            if part["service"] != left_out:
                sealed = b"".join(Places(settings, part["service"]).open(part["place"], part["keys"]).pieces())
                info = tarfile.TarInfo(f"{part['service']}.part.gz.age")
                info.size = len(sealed)
                archive.addfile(info, io.BytesIO(sealed))
    return path


def test_an_archive_of_sealed_parts_is_kept_as_it_is(settings, tmp_path):
    made = keep_parts(settings, read_file(orjson.dumps(a_file())))
    again = keep_archive(settings, an_archive(settings, made, tmp_path / "whole.tar"), made.private_keys)
    assert rows_of(settings, again) == rows_of(settings, made)


def test_an_archive_that_lacks_a_part_or_was_cut_off_is_refused(settings, tmp_path):
    made = keep_parts(settings, read_file(orjson.dumps(a_file())))
    with pytest.raises(BackupFileDamaged, match="lending"):
        keep_archive(settings, an_archive(settings, made, tmp_path / "less.tar", "lending"), made.private_keys)
    whole = an_archive(settings, made, tmp_path / "whole.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupFileDamaged):
        keep_archive(settings, tmp_path / "cut.tar", made.private_keys)
    (tmp_path / "text.tar").write_bytes(b"no archive" * 100)
    with pytest.raises(BackupFileDamaged):
        keep_archive(settings, tmp_path / "text.tar", made.private_keys)


def test_a_file_of_two_gigabytes_is_refused_unread(settings, tmp_path):
    path = tmp_path / "long.json"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)  # The disk holds nothing of it.
    service = SimpleNamespace(read_settings=lambda: settings)
    options = argparse.Namespace(file=path, key_file=None, leave_out=False)
    tracemalloc.start()
    with pytest.raises(SystemExit, match="longer than 1 GB"):
        restore(service, options)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
