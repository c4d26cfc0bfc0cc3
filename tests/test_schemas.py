"""One migration history per service, and no drift between tables and code."""

import importlib
import secrets

import psycopg
import pytest
from alembic import command
from psycopg import sql
from sqlalchemy import make_url

from deploy.database.provision import SERVICES, owner_of
from deploy.local.platform import temporary_platform
from shared import migrations
from shared.backup.contents import Option
from shared.backup.export import blocks_of
from shared.postgres.engine import make_engine
from shared.testing import temporary_database
from tests.client import sign_in
from tests.conftest import CHEAP_HASHES
from tests.institution import new_team


def parts_of(service):
    return importlib.import_module(f"services.{service}.__main__").SERVICE


@pytest.fixture
def empty(postgres_admin_url):
    """URLs of the services in a new database, and what their names begin with."""
    prefix = f"t{secrets.token_hex(3)}_"
    names = [f"{prefix}{service}" for service in SERVICES]
    with temporary_database(postgres_admin_url, *names) as urls:
        yield urls, prefix
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        for role in (*names, *map(owner_of, names)):
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_database_is_brought_up_to_date_without_drift_and_backups_can_read_it(empty, service):
    urls, prefix = empty
    folder = parts_of(service).folder / "migrations"
    for _ in range(2):
        migrations.upgrade(folder, urls[f"{prefix}{service}"].owner)
    migrations.check(folder, urls[f"{prefix}{service}"].running)
    contents = importlib.import_module(f"services.{service}.backup").CONTENTS
    engine = make_engine(urls[f"{prefix}{service}"].running, pool_size=1)
    with engine.connect() as connection:
        read = [
            block.head.name for block in blocks_of(connection, contents, frozenset(Option), []) if not any(block.pieces)
        ]
    engine.dispose()
    assert {section.name for section in contents.sections} <= set(read)


def columns_of(database, schema):
    """The columns of each table of a schema that are written, but of that in which Alembic keeps the revision."""
    written = "SELECT table_name, column_name FROM information_schema.columns WHERE is_generated = 'NEVER'"
    columns = {}
    for table, column in database.execute(f"{written} AND table_schema = %s", (schema,)):
        columns.setdefault(table, set()).add(column)
    return {table: names for table, names in columns.items() if table != "alembic_version"}


# What the first release wrote otherwise: its trail was one stretch, numbered from its first entry to the chain's end.
WRITTEN_THEN = {
    ("audit_entries", "sequence"): "row_number() OVER (ORDER BY batch, sequence) AS sequence",
    ("audit_chain", "sequence"): "(SELECT count(*) FROM reporting.audit_entries) AS sequence",
}


def fill_from(source, schema, target, other_schema):
    """Copy all that has a place in the other schema; returns the number of rows by table."""
    columns, other_columns = columns_of(source, schema), columns_of(target, other_schema)
    # The tables are filled in no order, so what refers to what is looked at by the next migration only.
    target.execute("SET session_replication_role = replica")
    copied = {}
    for table in other_columns.keys() & columns.keys():
        shared = sorted(other_columns[table] & columns[table])
        names = sql.SQL(", ").join(map(sql.Identifier, shared))
        written = (WRITTEN_THEN.get((table, name)) for name in shared)
        values = sql.SQL(", ").join(
            sql.SQL(value) if value else sql.Identifier(name) for name, value in zip(shared, written, strict=True)
        )
        out = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(values, sql.Identifier(schema, table))
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(other_schema, table), names)
        target.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(other_schema, table)))
        with source.cursor() as reading, target.cursor() as writing:
            with reading.copy(out) as rows, writing.copy(into) as places:
                for row in rows:
                    places.write(row)
            copied[table] = writing.rowcount
    return copied


@pytest.fixture(scope="module")
def filled():
    """A platform with one loan on which something was paid, all of which the first release knew."""
    with temporary_platform(broker_url="memory://", environment=CHEAP_HASHES) as platform:
        credentials = platform.credentials
        team = new_team(sign_in(platform.url, credentials.email, credentials.password))
        team.pay(team.active_loan()["id"], "5000.00").accepted()
        yield platform


@pytest.mark.parametrize("service", SERVICES)
def test_a_database_filled_under_the_first_release_is_brought_up_to_date(filled, empty, postgres_admin_url, service):
    urls, prefix = empty
    folder, schema = parts_of(service).folder / "migrations", f"{prefix}{service}"
    url = urls[schema].owner
    command.upgrade(migrations.config(folder, url), "0001")
    with (
        psycopg.connect(filled.admin_url, dbname="mp") as source,
        psycopg.connect(postgres_admin_url, dbname=make_url(url).database) as target,
    ):
        copied = fill_from(source, service, target, schema)
    assert sum(bool(count) for count in copied.values()) > 3
    migrations.upgrade(folder, url)
    migrations.check(folder, url)
