"""Makes the database and, for each service, a role and a schema that only this role can use."""

from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

DATABASE = "mp"
CONNECTION_LIMIT = 60
_LIMITS = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}


def provision(admin_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> dict[str, str]:
    """Make what is missing and set every password; harmless to repeat. Returns the database URL of each service.

    `admin_url` is a superuser's. A service's role owns the schema of its own name and finds tables there without
    naming it; it can neither see another's schema nor make roles, schemas or databases.
    """
    with psycopg.connect(admin_url, autocommit=True) as server:
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
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT {} PASSWORD {}").format(
            role, sql.Literal(CONNECTION_LIMIT), sql.Literal(password)
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
