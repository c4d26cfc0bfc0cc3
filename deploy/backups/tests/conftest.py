"""A running database with an archive, for tests of its backups."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.backups.tests.clusters import Archived, archived, make
from deploy.local.postgres import remove_cluster


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = make(tmp_path_factory.mktemp("made"))
    yield root
    for name in ("postgres", "archive"):
        remove_cluster(root / name)


@pytest.fixture
def cluster(tmp_path: Path, made: Path) -> Iterator[Archived]:
    with archived(tmp_path, made) as cluster:
        yield cluster
