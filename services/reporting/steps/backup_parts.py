"""The parts of a backup, opened: their bytes are those that the record says, and their rows those that were written."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from services.reporting.domain.backups import Part
from shared.backup.part import PartDamaged, PartReader
from shared.backup.places import Pieces, Places
from shared.backup.sealing import unsealed
from shared.storage.errors import FileMissing, StorageUnavailable
from shared.storage.settings import StorageSettings
from shared.telemetry import log


def sealed_bytes(settings: StorageSettings, part: Part) -> Pieces:
    """The sealed file of a part, from the first place that has it. Raises FileMissing, StorageUnavailable."""
    places = Places(settings, part.service)
    fault: FileMissing | StorageUnavailable = FileMissing("The file of the backup is not there.")
    for copy in part.copies or ():
        if copy["place"] not in places.names:
            continue
        pieces = places.open(copy["place"], copy["keys"])
        try:
            pieces.begin()
        except (FileMissing, StorageUnavailable) as error:
            log.warning("backup_copy_missing", service=part.service, place=copy["place"], error=str(error))
            fault = error
            continue
        return pieces
    raise fault


@contextmanager
def open_part(settings: StorageSettings, part: Part, private_keys: Sequence[str]) -> Iterator[PartReader]:
    """Read a part within the block. Raises FileMissing, StorageUnavailable, BadKey, WrongKey, and PartDamaged at its
    end at the latest, also when another file lies where it was."""
    with closing(sealed_bytes(settings, part)) as pieces:
        source = _Hashed(pieces, str(part.sha256))
        with closing(unsealed(source, private_keys)) as plain:
            yield PartReader(plain)


class _Hashed:
    """A file whose hash is compared when its end is reached."""

    def __init__(self, pieces: Pieces, sha256: str) -> None:
        self._pieces, self._expected, self._hash = pieces, sha256, hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        piece = self._pieces.read(size)
        self._hash.update(piece)
        if not piece and self._hash.hexdigest() != self._expected:
            raise PartDamaged("The file is not the one that was written.")
        return piece
