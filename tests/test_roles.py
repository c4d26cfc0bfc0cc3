"""What each service's running role may do in the database, over every table there is, new or carried over."""

import importlib
import pkgutil
import secrets

import psycopg
import pytest
from alembic import command
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.database.provision import SERVICES, Passwords, owner_of, provision
from shared import migrations
from shared.postgres.tables import RIGHTS
from shared.testing import temporary_database

READ, APPEND, ALL = {"SELECT"}, {"INSERT", "SELECT"}, {"DELETE", "INSERT", "SELECT", "UPDATE"}
# The newest migration of each service in the first release.
FIRST_RELEASE = {"identity": "0007", "membership": "0003", "lending": "0005", "payments": "0003", "reporting": "0002"}
# Which did not have it: its newest migration when it came.
FIRST_RELEASE |= {"notifications": "0001"}
GRANTED = """
SELECT relname, relkind::text, grantee::regrole::text, privilege_type, is_grantable
  FROM pg_class, aclexplode(relacl) WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'S', 'v', 'p')
"""


def folder_of(service):
    return importlib.import_module(f"services.{service}.__main__").SERVICE.folder / "migrations"


@pytest.fixture(scope="module")
def prefix():
    """Roles belong to the whole server, so these are of no other test."""
    return f"t{secrets.token_hex(3)}_"


@pytest.fixture(scope="module", autouse=True)
def no_role_is_left(postgres_admin_url, prefix):
    yield
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        for name in admin.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", (prefix,)).fetchall():
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(*name)))


@pytest.fixture(scope="module")
def new(postgres_admin_url, prefix):
    """Every service's schema, made today."""
    with temporary_database(postgres_admin_url, *(f"{prefix}{service}" for service in SERVICES)) as urls:
        for service in SERVICES:
            migrations.upgrade(folder_of(service), urls[f"{prefix}{service}"].owner)
        yield urls


@pytest.fixture(scope="module")
def carried_over(postgres_admin_url, prefix):
    """Every service's schema as the first release made and filled it, brought up to date."""
    names, database = {service: f"{prefix}old_{service}" for service in SERVICES}, f"mp_old_{secrets.token_hex(4)}"
    server = conninfo_to_dict(postgres_admin_url)
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    with psycopg.connect(postgres_admin_url, dbname=database, autocommit=True) as admin:
        admin.execute("CREATE EXTENSION pg_trgm WITH SCHEMA public")
        for name in map(sql.Identifier, names.values()):
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'first'").format(name))
            admin.execute(sql.SQL("ALTER ROLE {} SET search_path = {}, public").format(name, name))
            admin.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(name, name))
    for service, name in names.items():
        url = f"postgresql+psycopg://{name}:first@{server['host']}:{server['port']}/{database}"
        command.upgrade(migrations.config(folder_of(service), url), FIRST_RELEASE[service])
        with psycopg.connect(url.replace("+psycopg", "")) as old:
            old.execute(
                "INSERT INTO outbox (id, type, aggregate_id, version, body, created_at)"
                " VALUES (gen_random_uuid(), 'sample.thing.happened.v1', gen_random_uuid(), 1, '{}', now())"
            )
    for _ in range(2):
        passwords = {name: Passwords("first", secrets.token_hex(16)) for name in names.values()}
        urls = provision(postgres_admin_url, passwords, database)
        for service, name in names.items():
            migrations.upgrade(folder_of(service), urls[name].owner)
    yield urls
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


@pytest.fixture(params=["new", "carried_over"])
def installation(request, prefix):
    """URLs by service, of a new installation and of one of the first release."""
    urls = request.getfixturevalue(request.param)
    names = {name.removeprefix(prefix).removeprefix("old_"): name for name in urls}
    return {service: (name, urls[name]) for service, name in names.items()}


def declared(service):
    """What is declared of the tables of a service that may be used less freely than others."""
    models = importlib.import_module(f"services.{service}.models")
    names = [found.name for found in pkgutil.iter_modules(getattr(models, "__path__", []), f"{models.__name__}.")]
    bases = [getattr(module, "Base", module) for module in (models, *map(importlib.import_module, names))]
    tables = [table for base in bases if hasattr(base, "metadata") for table in base.metadata.tables.values()]
    assert tables
    rights = {table.name: set(table.info[RIGHTS].split(", ")) for table in tables if table.info}
    return rights | {"alembic_version": READ}


@pytest.mark.parametrize("service", SERVICES)
def test_the_running_role_reads_and_writes_rows_and_owns_nothing(installation, service):
    name, urls = installation[service]
    with psycopg.connect(urls.running.replace("+psycopg", "")) as running:
        owners = running.execute(
            "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = %s::regnamespace", (name,)
        ).fetchall()
        granted = running.execute(GRANTED, (name,)).fetchall()
    assert owners == [(owner_of(name),)]
    held = {}
    for table, kind, grantee, right, is_grantable in granted:
        if grantee != owner_of(name):
            assert (grantee, is_grantable) == (name, False)
            held.setdefault((table, kind), set()).add(right)
    tables = {table: rights for (table, kind), rights in held.items() if kind == "r"}
    assert len(tables) > 5
    assert tables == {table: declared(service).get(table, ALL) for table in tables}
    assert all(rights == {"USAGE", "SELECT"} for (_, kind), rights in held.items() if kind == "S")


@pytest.mark.parametrize("service", SERVICES)
def test_the_running_role_changes_no_table_of_its_schema(installation, service):
    name, urls = installation[service]
    with psycopg.connect(urls.running.replace("+psycopg", ""), autocommit=True) as running:
        tables = running.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (name,)).fetchall()
        for (table,) in tables:
            for statement in (
                "TRUNCATE {}",
                "DROP TABLE {}",
                "ALTER TABLE {} ADD COLUMN more int",
                "ALTER TABLE {} DISABLE TRIGGER ALL",
                "ALTER TABLE {} OWNER TO CURRENT_USER",
                "CREATE INDEX ON {} ((1))",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    running.execute(sql.SQL(statement).format(sql.Identifier(table)))
        for statement in ("CREATE TABLE more (id int)", f"SET ROLE {owner_of(name)}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                running.execute(statement)


@pytest.mark.parametrize("service", SERVICES)
def test_the_running_role_empties_at_once_only_what_it_may_delete_row_by_row(installation, service):
    name, urls = installation[service]
    with psycopg.connect(urls.running.replace("+psycopg", "")) as running:
        tables = running.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (name,)).fetchall()
        kept = {table for (table,) in tables if "DELETE" not in declared(service).get(table, ALL)}
        assert kept
        for table in (*kept, "absent", "pg_catalog.pg_class", "x; DROP TABLE outbox"):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                running.execute("SELECT empty_tables(%s)", (["outbox", table],))
            running.rollback()
        running.execute("SELECT empty_tables(%s)", ([table for (table,) in tables if table not in kept],))
        assert running.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
        running.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET action = ''",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_history_cannot_be_rewritten_by_the_service_that_keeps_it(installation, statement):
    _name, urls = installation["reporting"]
    with psycopg.connect(urls.running.replace("+psycopg", ""), autocommit=True) as reporting:
        table = "audit_entries" if "audit" in statement else "alembic_version"
        reporting.execute(f"GRANT ALL ON {table} TO CURRENT_USER")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reporting.execute(statement)


def test_what_was_written_under_the_first_release_is_kept(carried_over):
    for name, urls in carried_over.items():
        with psycopg.connect(urls.running.replace("+psycopg", "")) as running:
            assert running.execute("SELECT count(*) FROM outbox").fetchone() == (1,), name
