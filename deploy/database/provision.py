"""Makes the database and, for each service, a schema and two roles: one owns the schema, one works in it.

`python -m deploy.database.provision` does it for the server at ADMIN_DATABASE_URL, with the passwords that stand in
the services' own URLs (IDENTITY_DATABASE_URL, IDENTITY_OWNER_DATABASE_URL and so on); each variable may be given as
..._FILE.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from shared.postgres.urls import libpq_url, sqlalchemy_url
from shared.settings import BadSettings, read_settings

SERVICES = ("identity", "membership", "lending", "payments", "reporting", "notifications")
DATABASE = "mp"
CONNECTION_LIMIT = 100
# A role may change the limits of its own session; what is logged only a superuser may change.
_LIMITS = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}
# A session whose other end went without a word, with its machine or the network, ends within half a minute, and with it
# what it holds: locks of rows, and the lock of an outbox. By default that takes two hours.
_SILENCE = {
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25s",
}
# The detail of an error, and the statement, hold what people typed: addresses, phone numbers, names.
_LOGGED = {"log_error_verbosity": "terse", "log_min_error_statement": "panic"}
# Where the server is, and how it is spoken with, which holds for everybody.
_HOW = ("host", "target_session_attrs", "sslmode", "sslrootcert")
# Any number that nobody else uses; two that provision at once take turns.
_LOCK = 72_051_411


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of a service's two roles."""

    running: str = field(repr=False)
    owner: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Where a service works, and where its migrations do."""

    running: str = field(repr=False)
    owner: str = field(repr=False)


def owner_of(service: str) -> str:
    """The name of the role that owns a service's schema and all that is in it."""
    return f"{service}_owner"


def provision(admin_url: str, passwords: Mapping[str, Passwords], database: str = DATABASE) -> dict[str, DatabaseUrls]:
    """Make what is missing and set every password; harmless to repeat. Returns the database URLs of each service.

    `admin_url` is a superuser's. The role `<service>` reads and writes rows in the schema of its own name, which it
    finds without naming it, and changes nothing else: tables are made by `<service>_owner`. Neither can see another's
    schema nor make roles, schemas or databases. What a service owned itself, as in the first release, is handed over
    in one transaction, in which it keeps the use of it.
    """
    admin_url = libpq_url(admin_url)
    with psycopg.connect(admin_url, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        with psycopg.connect(admin_url, dbname=database) as connection:
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            # Searching inside words needs trigrams; the extension is the one thing services share in the database.
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public")
            for service, words in passwords.items():
                _make_role(connection, database, service, words.running, schema=service)
                _make_role(connection, database, owner_of(service), words.owner, schema=service)
                _make_schema(connection, service)
    return {
        service: DatabaseUrls(
            running=_url(admin_url, database, service, words.running),
            owner=_url(admin_url, database, owner_of(service), words.owner),
        )
        for service, words in passwords.items()
    }


def _make_role(connection: psycopg.Connection, database: str, name: str, password: str, *, schema: str) -> None:
    role = sql.Identifier(name)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    # Hashed here, so that no log of the server can hold the password itself.
    hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT {} PASSWORD {}").format(
            role, sql.Literal(CONNECTION_LIMIT), sql.Literal(hashed)
        )
    )
    connection.execute(sql.SQL("ALTER ROLE {} SET search_path = {}, public").format(role, sql.Identifier(schema)))
    for setting, value in (_LIMITS | _SILENCE | _LOGGED).items():
        statement = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(statement.format(role, sql.Identifier(setting), sql.Literal(value)))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), role))


_OWNS_TABLES = """
SELECT 1 FROM pg_tables WHERE schemaname = %(role)s AND tableowner = %(role)s LIMIT 1
"""
_ROWS, _NUMBERS = sql.SQL("SELECT, INSERT, UPDATE, DELETE"), sql.SQL("USAGE, SELECT")


def _make_schema(connection: psycopg.Connection, service: str) -> None:
    schema = role = sql.Identifier(service)
    owner = sql.Identifier(owner_of(service))
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(schema, owner))
    if connection.execute(_OWNS_TABLES, {"role": service}).fetchone():
        # Only now: later the migrations have narrowed what may be done with some tables (see shared.migrations).
        connection.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(role, owner))
        connection.execute(sql.SQL("GRANT {} ON ALL TABLES IN SCHEMA {} TO {}").format(_ROWS, schema, role))
        connection.execute(sql.SQL("GRANT {} ON ALL SEQUENCES IN SCHEMA {} TO {}").format(_NUMBERS, schema, role))
    connection.execute(sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(schema, owner))
    connection.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC, {}").format(schema, role))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
    # Tables of later migrations are usable as soon as they are made.
    later = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} GRANT {} ON {} TO {}")
    for rights, things in ((_ROWS, sql.SQL("TABLES")), (_NUMBERS, sql.SQL("SEQUENCES"))):
        connection.execute(later.format(owner, schema, rights, things, role))


def _url(admin_url: str, database: str, role: str, password: str) -> str:
    """Where a role finds the servers of the operator's URL."""
    server = urlsplit(sqlalchemy_url(admin_url))
    how = urlencode([(name, value) for name, value in parse_qsl(server.query) if name in _HOW], safe=":/")
    hosts = server.netloc.rpartition("@")[2]
    return server._replace(netloc=f"{role}:{password}@{hosts}", path=f"/{database}", query=how).geturl()


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """What `main` reads from the environment."""

    admin_database_url: str = field(repr=False)
    identity_database_url: str = field(repr=False)
    identity_owner_database_url: str = field(repr=False)
    membership_database_url: str = field(repr=False)
    membership_owner_database_url: str = field(repr=False)
    lending_database_url: str = field(repr=False)
    lending_owner_database_url: str = field(repr=False)
    payments_database_url: str = field(repr=False)
    payments_owner_database_url: str = field(repr=False)
    reporting_database_url: str = field(repr=False)
    reporting_owner_database_url: str = field(repr=False)
    notifications_database_url: str = field(repr=False)
    notifications_owner_database_url: str = field(repr=False)


def main() -> None:
    try:
        urls = read_settings(Urls, os.environ, prefix="PROVISION")
        passwords = {name: _passwords(urls, name) for name in SERVICES}
        provision(urls.admin_database_url, passwords)
    except (BadSettings, psycopg.OperationalError) as error:
        sys.exit(f"The database could not be provisioned: {error}")


def _passwords(urls: Urls, service: str) -> Passwords:
    running, owner = (getattr(urls, f"{role}_database_url") for role in (service, owner_of(service)))
    return Passwords(_password(running), _password(owner))


def _password(url: str) -> str:
    password = make_url(sqlalchemy_url(url)).password
    if not password:
        raise BadSettings("a database URL has no password")
    return str(password)


if __name__ == "__main__":
    main()
