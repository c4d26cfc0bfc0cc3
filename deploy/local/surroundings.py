"""What a platform has beside its database."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.parts import ANCHORS, DOCUMENTS
from services.reporting.domain.anchor import Anchor, NoAnchor


def copy_surroundings(root: Path, into: Path, to: datetime | None) -> None:
    """Give a new platform in the folder `into` what the database alone does not hold: the secrets, the first admin's
    password, the documents (as further names of the same files, where that can be) and the anchors up to the moment
    `to`."""
    for name, copy in (("secrets", shutil.copy2), (DOCUMENTS, _link_or_copy)):
        if (root / name).exists():
            shutil.copytree(root / name, into / name, copy_function=copy, dirs_exist_ok=True)
    if (root / "credentials.json").exists():
        shutil.copy2(root / "credentials.json", into / "credentials.json")
    if (root / ANCHORS).exists():
        lines = (root / ANCHORS).read_text().splitlines(keepends=True)
        (into / ANCHORS).write_text("".join(line for line in lines if to is None or _at(line) <= to))


def _at(anchor: str) -> datetime:
    try:
        return Anchor.from_text(anchor).at
    except NoAnchor:
        # It is passed over where it is read.
        return datetime.min.replace(tzinfo=UTC)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
