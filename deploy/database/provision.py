"""Makes the database and, for each service, a role and a schema that only this role can use.

`python -m deploy.database.provision` does it for the server at ADMIN_DATABASE_URL, with the passwords that stand in
the services' own URLs (IDENTITY_DATABASE_URL and so on); each variable may be given as ..._FILE.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from shared.settings import BadSettings, read_settings

SERVICES = ("identity", "membership", "lending", "payments", "reporting")
DATABASE = "mp"
CONNECTION_LIMIT = 100
_LIMITS = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}
# Any number that nobody else uses; two that provision at once take turns.
_LOCK = 72_051_411


def provision(admin_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> dict[str, str]:
    """Make what is missing and set every password; harmless to repeat. Returns the database URL of each service.

    `admin_url` is a superuser's. A service's role owns the schema of its own name and finds tables there without
    naming it; it can neither see another's schema nor make roles, schemas or databases.
    """
    with psycopg.connect(admin_url, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        with psycopg.connect(admin_url, dbname=database) as connection:
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            # Searching inside words needs trigrams; the extension is the one thing services share in the database.
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public")
            for service, password in passwords.items():
                _make_service(connection, database, service, password)
    return {service: _service_url(admin_url, database, service, password) for service, password in passwords.items()}


def _make_service(connection: psycopg.Connection, database: str, service: str, password: str) -> None:
    role = sql.Identifier(service)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (service,)).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    # Hashed here, so that no log of the server can hold the password itself.
    hashed = connection.pgconn.encrypt_password(password.encode(), service.encode(), b"scram-sha-256").decode()
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT {} PASSWORD {}").format(
            role, sql.Literal(CONNECTION_LIMIT), sql.Literal(hashed)
        )
    )
    connection.execute(sql.SQL("ALTER ROLE {} SET search_path = {}, public").format(role, role))
    for name, value in _LIMITS.items():
        statement = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(statement.format(role, sql.Identifier(name), sql.Literal(value)))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), role))
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(role, role))
    connection.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC").format(role))


def _service_url(admin_url: str, database: str, service: str, password: str) -> str:
    server = conninfo_to_dict(admin_url)
    return f"postgresql+psycopg://{service}:{password}@{server['host']}:{server['port']}/{database}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """What `main` reads from the environment."""

    admin_database_url: str = field(repr=False)
    identity_database_url: str = field(repr=False)
    membership_database_url: str = field(repr=False)
    lending_database_url: str = field(repr=False)
    payments_database_url: str = field(repr=False)
    reporting_database_url: str = field(repr=False)


def main() -> None:
    try:
        urls = read_settings(Urls, os.environ, prefix="PROVISION")
        passwords = {name: _password(getattr(urls, f"{name}_database_url")) for name in SERVICES}
        provision(urls.admin_database_url, passwords)
    except (BadSettings, psycopg.OperationalError) as error:
        sys.exit(f"The database could not be provisioned: {error}")


def _password(url: str) -> str:
    password = make_url(url).password
    if not password:
        raise BadSettings("a database URL has no password")
    return str(password)


if __name__ == "__main__":
    main()
