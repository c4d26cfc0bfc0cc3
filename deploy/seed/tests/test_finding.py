from pathlib import Path

import pytest

from deploy.database.provision import SERVICES
from deploy.local.lock import Lock
from deploy.seed.__main__ import NotRunning, owner_database_urls


def test_the_databases_of_a_running_platform_are_found_by_what_it_leaves(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    (tmp_path / "postgres" / "data" / "postmaster.pid").write_text("4711\n/somewhere\n1800000000\n5433\n\n127.0.0.1\n")
    (tmp_path / "secrets").mkdir()
    for service in SERVICES:
        (tmp_path / "secrets" / f"{service}_owner").write_text(f"secret-of-{service}")
    expected = "postgresql://lending_owner:secret-of-lending@127.0.0.1:5433/mp"
    assert owner_database_urls({}, tmp_path)["lending"] == expected


def test_the_environment_comes_first(tmp_path: Path) -> None:
    environ = {f"{service.upper()}_OWNER_DATABASE_URL": f"postgresql://elsewhere/{service}" for service in SERVICES}
    assert owner_database_urls(environ, tmp_path) == {
        service: f"postgresql://elsewhere/{service}" for service in SERVICES
    }


def test_a_platform_that_does_not_run_is_said_to(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="make up"):
        owner_database_urls({}, tmp_path)


def test_a_platform_that_starts_or_hangs_is_not_said_to_be_down(tmp_path: Path) -> None:
    with Lock(tmp_path / "lock"), pytest.raises(NotRunning, match=r"the platform runs \(process \d+\)"):
        owner_database_urls({}, tmp_path)
