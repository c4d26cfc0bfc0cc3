"""The disk of the database fills up while people pay: nobody gets a fault of ours, nothing is given up, and when there
is room again all parts agree, and nobody repaired it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local.platform import Platform
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.chaos.small_disk import Disk, small_disk
from tests.chaos.test_kills import assert_agreement, depth
from tests.client import sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.institution import new_team
from tests.long_form import in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900), in_long_form]

LOANS = 4
BACKLOG = 60
DISK = "420M"
# The log before the data: what a file of the log (16 MB) cannot hold ends the server, what a table cannot, a statement.
FEW_FILES = {"shared_buffers": "32MB", "min_wal_size": "32MB", "max_wal_size": "64MB"}
# Longer than it took the broker to give up messages.
FULL_SECONDS = 150
FOLLOWERS = ("lending", "reporting")


@pytest.fixture
def disk_and_platform() -> Iterator[tuple[Disk, Platform]]:
    root = Path(tempfile.mkdtemp(prefix="millenium-potters-"))
    root.chmod(0o711)
    try:
        with small_disk(root / "postgres", DISK) as disk:
            environment = CHEAP_HASHES | PATIENCE | REVERSALS
            platform = Platform(root, environment=environment, postgres_settings=FEW_FILES)
            try:
                platform.start()
                yield disk, platform
            finally:
                platform.stop()
    finally:
        shutil.rmtree(root)


def _lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()


def has_said(platform: Platform, name: str, words: str) -> bool:
    return any(words in line for line in _lines(platform.logs / f"{name}.log"))


def test_a_full_disk_of_the_database_loses_gives_up_and_doubles_nothing(disk_and_platform):
    disk, platform = disk_and_platform
    admin = sign_in(platform.url, platform.credentials.email, platform.credentials.password)
    team = new_team(admin)
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)], patience=FULL_SECONDS + 240)
    with payers.paying():
        # What the followers are behind with they have to write when there is no room.
        for service in FOLLOWERS:
            platform.scale(service, 0)
        payers.wait_for_more(BACKLOG)
        disk.fill()
        for service in FOLLOWERS:
            platform.scale(service, 1)
        _use_up(platform, disk)
        # The disk stays full for so long; there is nothing to wait for.
        with pytest.raises(AssertionError, match="payments went through"):
            payers.wait_for_more(10**6, seconds=FULL_SECONDS)
        assert any(has_said(platform, f"{name}-worker", "database_away") for name in FOLLOWERS)
        disk.make_room()
        platform.wait_until_ready(seconds=120)
        payers.wait_for_more(BACKLOG)
    assert_agreement(platform, team, payers)
    assert [depth(platform, f"mp.{service}.dead") for service in FOLLOWERS] == [0, 0]
    faults = [line for log in platform.logs.glob("*.log") for line in _lines(log) if '"request_failed"' in line]
    assert faults == []


def _use_up(platform: Platform, disk: Disk) -> None:
    """Write until the server has no room, not even in the files it had made in advance."""

    def is_full() -> bool:
        try:
            with psycopg.connect(platform.admin_url, dbname="mp", connect_timeout=5, autocommit=True) as database:
                database.execute("CREATE TABLE IF NOT EXISTS public.ballast (line text)")
                database.execute("INSERT INTO public.ballast SELECT repeat('x', 2000) FROM generate_series(1, 500)")
        except psycopg.Error:
            return has_said(platform, "postgres", "No space left on device")
        disk.fill()
        return False

    eventually(is_full, seconds=60)
