"""Stored files of a part: those whose bytes are not there any more are put back from their copies."""

import tempfile
from collections.abc import Sequence
from contextlib import closing

from shared.backup.part import PartReader
from shared.backup.places import Places
from shared.backup.sealing import unsealed
from shared.restore.load import files_of
from shared.storage.errors import FileMissing
from shared.telemetry import log

_MEDIA_TYPE = "application/octet-stream"


def put_back(places: Places, part: PartReader, private_keys: Sequence[str]) -> int:
    """Put back the files of a part that are not in the storage; returns how many. Harmless to repeat. What has no copy
    is logged."""
    count = 0
    for file in files_of(part):
        if file["sha256"] is None or _exists(places, file["key"]):
            continue
        if not file["copies"]:
            log.warning("file_not_restored", key=file["key"])
            continue
        place, keys = next(iter(file["copies"].items()))
        _put(places, file["key"], place, keys.split(), private_keys)
        count += 1
    return count


def _exists(places: Places, key: str) -> bool:
    try:
        places.documents.open(key).content.close()
    except FileMissing:
        return False
    return True


def _put(places: Places, key: str, place: str, keys: Sequence[str], private_keys: Sequence[str]) -> None:
    with closing(places.open(place, keys)) as source, tempfile.SpooledTemporaryFile(max_size=1 << 20) as file:
        for piece in unsealed(source, private_keys):
            file.write(piece)
        file.seek(0)
        places.documents.put(key, file, _MEDIA_TYPE)
