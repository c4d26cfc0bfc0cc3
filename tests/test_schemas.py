"""One migration history per service, and no drift between tables and code."""

import importlib
import secrets

import psycopg
import pytest
from psycopg import sql

from deploy.database.provision import SERVICES, provision
from shared import migrations


def parts_of(service):
    return importlib.import_module(f"services.{service}.__main__").SERVICE


@pytest.fixture
def empty(postgres_admin_url):
    """URLs of the services in a new database."""
    name = f"mp_empty_{secrets.token_hex(4)}"
    prefix = f"t{secrets.token_hex(3)}_"
    yield provision(postgres_admin_url, {f"{prefix}{service}": "x" * 20 for service in SERVICES}, database=name), prefix
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for service in SERVICES:
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(f"{prefix}{service}")))


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_database_is_brought_up_to_date_without_drift(empty, service):
    urls, prefix = empty
    folder = parts_of(service).folder / "migrations"
    for _ in range(2):
        migrations.upgrade(folder, urls[f"{prefix}{service}"])
    migrations.check(folder, urls[f"{prefix}{service}"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_filled_database_is_brought_up_to_date_without_drift(platform, team, service):
    loan = team.active_loan()
    folder, url = parts_of(service).folder / "migrations", platform.database_urls[service]
    migrations.upgrade(folder, url)
    migrations.check(folder, url)
    assert team.officer.get(f"/loans/{loan['id']}").data["loanNumber"] == loan["loanNumber"]
