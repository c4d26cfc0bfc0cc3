"""A file of the replaced system is taken as it wrote it and as a browser sends it, and as nothing else."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.reporting.steps.replaced_files import SECTIONS, bring_file
from services.reporting.steps.restore_files import BackupFileDamaged, NoBackupFile
from shared.backup.part import PartReader
from shared.backup.places import Places
from shared.backup.sealing import unsealed

WHOLE = (Path(__file__).parents[4] / "tests" / "data" / "replaced_system.json").read_bytes()


def changed(**parts: Any) -> bytes:
    file = json.loads(WHOLE)
    return orjson.dumps({name: value | parts.get(name, {}) for name, value in file.items()})


def test_each_service_gets_the_sections_it_reads_and_identity_alone_the_passwords(settings):
    brought = bring_file(settings, orjson.dumps(orjson.loads(WHOLE), option=orjson.OPT_INDENT_2), leaves_out=True)
    for part in brought.parts:
        source = Places(settings, part["service"]).open(part["place"], part["keys"])
        reader = PartReader(unsealed(source, brought.private_keys))
        content = {block.head.name: b"".join(block.rows()) for block in reader.blocks()}
        assert tuple(content) == SECTIONS.get(part["service"], ())
        assert reader.header.leaves_out
        assert (b"$2b$" in b"".join(content.values())) == (part["service"] == "identity")
        source.close()
    assert brought.cut_at is not None


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        pytest.param(WHOLE[: len(WHOLE) // 2], BackupFileDamaged, id="cut off"),
        pytest.param(changed(data={"loans": []}), BackupFileDamaged, id="records taken away"),
        pytest.param(changed(metadata={"createdAt": "2026-03-13T22:00:00.000Z"}), BackupFileDamaged, id="another day"),
        pytest.param(changed(metadata={"checksum": "0" * 64}), BackupFileDamaged, id="another checksum"),
        pytest.param(b'{"metadata": {"version": "1.0.0"}, "data": {}}', NoBackupFile, id="without a checksum"),
    ],
)
def test_what_was_changed_is_refused(settings, content, refusal):
    with pytest.raises(refusal):
        bring_file(settings, content, leaves_out=True)
