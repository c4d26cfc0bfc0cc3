"""The embedded PostgreSQL: durable, closed to strangers, and never run as root."""

import os
import secrets
import shutil
import stat
from pathlib import Path

import psycopg
import pytest

from deploy.database.provision import Passwords, provision
from deploy.local.accounts import postgres_account
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres, own_home, remove_cluster, temporary_postgres

AS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root: only root can start PostgreSQL under another account"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def url(folder):
    with temporary_postgres(folder) as url:
        yield url


def show(url: str, *names: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [connection.execute(f"SHOW {name}").fetchone()[0] for name in names]


def test_an_answer_means_that_it_is_on_disk(url):
    assert show(url, "fsync", "full_page_writes", "synchronous_commit", "data_checksums") == ["on"] * 4


def test_only_this_machine_reaches_it_and_only_with_the_password(url):
    assert show(url, "listen_addresses", "unix_socket_directories") == ["127.0.0.1", ""]
    with psycopg.connect(url) as connection:
        methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert methods == [("scram-sha-256",)]


def test_it_is_the_version_that_is_promised(url):
    assert show(url, "server_version")[0].startswith("18.")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("INSERT INTO person VALUES ('{value}', 1)", "violates unique constraint"),
        ("INSERT INTO person VALUES ('{value}!', -1)", "violates check constraint"),
        ("INSERT INTO person VALUES ('{value}!', NULL)", "violates not-null constraint"),
        ("SELECT 1 FROM nobody WHERE email = '{value}'", 'relation "nobody" does not exist'),
        ("DO $$ BEGIN INSERT INTO person VALUES ('{value}', 1); END $$", "violates unique constraint"),
    ],
)
def test_its_log_says_what_failed_and_not_whose_address_it_was(url, folder, statement, message):
    """Nor can a service change that."""
    name = f"sample_{secrets.token_hex(4)}"
    value, log = f"{name}@example.org", folder / "postgres.log"
    [urls] = provision(url, {name: Passwords("first", "second")}, database=name).values()
    with psycopg.connect(urls.owner.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("CREATE TABLE person (email text UNIQUE, loans int NOT NULL CHECK (loans >= 0))")
        owner.execute("INSERT INTO person VALUES (%s, 0)", (value,))
    before = log.stat().st_size
    with psycopg.connect(urls.running.replace("+psycopg", ""), autocommit=True) as service:
        for setting in ("log_error_verbosity = verbose", "log_min_error_statement = error"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute(f"SET {setting}")
        with pytest.raises(psycopg.Error):
            service.execute(statement.format(value=value))
        with pytest.raises(psycopg.Error):
            service.execute("INSERT INTO person VALUES (%s, 1)", (value,))
    written = log.read_bytes()[before:].decode()
    assert message in written
    assert "@example.org" not in written


@AS_ROOT
def test_for_root_it_runs_as_somebody_else_in_a_folder_of_their_own(url, folder):
    home = (folder / "postgres").resolve()
    assert home.stat().st_uid not in (0, os.geteuid())
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    postmaster = int((home / "data" / "postmaster.pid").read_text().splitlines()[0])
    assert Path(f"/proc/{postmaster}").stat().st_uid == home.stat().st_uid


@AS_ROOT
def test_a_folder_that_is_closed_to_others_stays_closed(tmp_path):
    tmp_path.chmod(0o700)
    with temporary_postgres(tmp_path) as url:
        assert show(url, "server_version")
        elsewhere = (tmp_path / "postgres").resolve()
        assert elsewhere.is_relative_to("/var/lib")
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert not elsewhere.exists()


@AS_ROOT
def test_what_a_deleted_folder_had_elsewhere_is_neither_taken_nor_touched(tmp_path):
    tmp_path.chmod(0o700)
    folder, account = tmp_path / "postgres", postgres_account()
    former = own_home(folder, account)
    (former / "data").mkdir()
    folder.unlink()
    home = own_home(folder, account)
    assert home == own_home(folder, account)
    assert list(home.iterdir()) == []
    assert (former / "data").is_dir()
    remove_cluster(folder)
    shutil.rmtree(former)


def test_a_cluster_half_made_by_an_interrupted_start_is_made_anew(tmp_path):
    postgres = Postgres(tmp_path / "postgres", secrets.token_hex(), Ports().take(), log=tmp_path / "postgres.log")
    home = own_home(tmp_path / "postgres", postgres._account)
    (home / "data.partial").mkdir()
    (home / "data.partial" / "base").touch()
    postgres.prepare()
    assert (home / "data" / "PG_VERSION").exists()
    remove_cluster(tmp_path / "postgres")
