"""The URL of a database may name several servers, in both forms that users of libpq know."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from deploy.local.postgres import temporary_postgres
from shared.postgres.engine import make_engine
from shared.postgres.urls import connect_options, has_several_servers, libpq_url, sqlalchemy_url

USER = "lending:s3cr%40t"


@pytest.mark.parametrize(
    ("given", "hosts", "ports"),
    [
        (f"postgresql+psycopg://{USER}@one:5432/mp", "one", "5432"),
        (f"postgresql://{USER}@one/mp", "one", None),
        (f"postgresql+psycopg://{USER}@one:5432,two:5433/mp", "one,two", "5432,5433"),
        (f"postgresql://{USER}@/mp?host=one:5432&host=two:5433", "one,two", "5432,5433"),
        (f"postgresql://{USER}@[::1]:5432/mp", "::1", "5432"),
    ],
)
def test_libpq_and_sqlalchemy_understand_the_same(given: str, hosts: str, ports: str | None) -> None:
    more = "&" if "?" in given else "?"
    given += f"{more}target_session_attrs=read-write&sslrootcert=/etc/ca.pem"
    understood = conninfo_to_dict(libpq_url(given))
    expected = {"host": hosts, "user": "lending", "password": "s3cr@t", "dbname": "mp"}
    expected |= {"target_session_attrs": "read-write", "sslrootcert": "/etc/ca.pem"} | (
        {"port": ports} if ports else {}
    )
    assert understood == expected
    url = make_url(sqlalchemy_url(given))
    _, arguments = url.get_dialect()().create_connect_args(url)
    same = {name: str(value) for name, value in arguments.items() if name != "context"}
    assert same == expected
    assert has_several_servers(given) == ("," in hosts)


def test_a_silent_server_is_given_up_unless_the_url_says_otherwise() -> None:
    usual = connect_options("postgresql://lending@one,two/mp", seconds=5)
    assert (usual["connect_timeout"], usual["tcp_user_timeout"]) == (5, 10_000)
    said = connect_options("postgresql://lending@one/mp?connect_timeout=2&tcp_user_timeout=60000", seconds=5)
    assert usual.keys() - said.keys() == {"connect_timeout", "tcp_user_timeout"}


@pytest.fixture
def other_server(tmp_path: Path) -> Iterator[str]:
    with temporary_postgres(tmp_path / "other") as url:
        yield url


def test_who_writes_finds_the_server_that_takes_writes_now(postgres_admin_url: str, other_server: str) -> None:
    """As after a failover: the one that was written to only reads, and another one is the first."""
    first, second = conninfo_to_dict(postgres_admin_url), conninfo_to_dict(other_server)
    name = f"failover_{second['port']}"
    password = "correct-horse-7"
    for server in (postgres_admin_url, other_server):
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
            admin.execute(f"CREATE DATABASE {name} OWNER {name}")
    hosts = ",".join(f"{server['host']}:{server['port']}" for server in (first, second))
    url = f"postgresql+psycopg://{name}:{password}@{hosts}/{name}?target_session_attrs=read-write"
    engine = make_engine(url, pool_size=2)

    def write() -> int:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS written (at timestamptz)"))
            connection.execute(text("INSERT INTO written VALUES (now())"))
            return int(connection.execute(text("SELECT inet_server_port()")).scalar_one())

    try:
        assert write() == int(first["port"])
        with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
            # A connection that is open goes on, and is refused.
            admin.execute(f"ALTER ROLE {name} SET default_transaction_read_only = on")
        with engine.connect() as held:
            held.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
            held.commit()
        with pytest.raises(DBAPIError) as refused:
            write()
        assert refused.value.connection_invalidated
        assert write() == int(second["port"])
    finally:
        engine.dispose()
        with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            admin.execute(f"DROP ROLE {name}")
