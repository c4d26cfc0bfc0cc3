"""The database as the services find it: a schema for each, and no way into another's."""

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from deploy.database.provision import provision


@pytest.fixture
def names() -> list[str]:
    """Two services that no other test uses: roles belong to the whole server."""
    return [f"sample_{secrets.token_hex(4)}" for _ in range(2)]


@pytest.fixture
def database(postgres_admin_url: str, names: list[str]) -> Iterator[str]:
    name = f"mp_provision_{secrets.token_hex(4)}"
    yield name
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        for role in names:
            admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


@pytest.fixture
def urls(postgres_admin_url: str, database: str, names: list[str]) -> list[str]:
    made = provision(postgres_admin_url, dict.fromkeys(names, "first"), database)
    return [url.replace("+psycopg", "") for url in made.values()]


def test_a_service_finds_its_own_schema_without_naming_it(urls, names):
    with psycopg.connect(urls[0]) as mine:
        mine.execute("CREATE TABLE thing (id int)")
        assert mine.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'thing'").fetchone() == (names[0],)


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM {other}.thing", "INSERT INTO {other}.thing VALUES (1)", "CREATE TABLE {other}.mine (id int)"],
)
def test_a_service_can_neither_read_nor_write_the_schema_of_another(urls, names, statement):
    with psycopg.connect(urls[1]) as theirs:
        theirs.execute("CREATE TABLE thing (id int)")
    with psycopg.connect(urls[0]) as mine, pytest.raises(psycopg.errors.InsufficientPrivilege):
        mine.execute(statement.format(other=names[1]))


@pytest.mark.parametrize(
    "statement",
    ["CREATE ROLE more", "CREATE DATABASE more", "CREATE SCHEMA more", "CREATE TABLE public.more (id int)"],
)
def test_a_service_can_make_nothing_outside_its_schema(urls, statement):
    with psycopg.connect(urls[0], autocommit=True) as mine, pytest.raises(psycopg.errors.InsufficientPrivilege):
        mine.execute(statement)


def test_nothing_a_service_does_can_block_the_others_for_long(urls):
    with psycopg.connect(urls[0]) as mine:
        limits = [
            mine.execute(f"SHOW {name}").fetchone()[0]
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        ]
    assert limits == ["30s", "5s", "1min"]


def test_provisioning_again_changes_the_password_and_keeps_the_data(postgres_admin_url, urls, database, names):
    with psycopg.connect(urls[0]) as mine:
        mine.execute("CREATE TABLE thing AS SELECT 1 AS id")
    again = provision(postgres_admin_url, dict.fromkeys(names, "second"), database)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(urls[0])
    with psycopg.connect(again[names[0]].replace("+psycopg", "")) as mine:
        assert mine.execute("SELECT id FROM thing").fetchone() == (1,)
