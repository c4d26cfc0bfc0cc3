import secrets
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from psycopg import sql

from deploy.database.provision import owner_of
from services.identity.__main__ import SERVICE
from services.identity.queries.institution import current_settings
from services.identity.usecases.institution import found_institution
from shared import migrations
from shared.db import make_sessions, unit_of_work
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.testing import temporary_database

FOLDER = SERVICE.folder / "migrations"
USER = """
INSERT INTO user_account (id, email, password_hash, role, is_active, login_count, version, created_at, updated_at)
VALUES (gen_random_uuid(), 'ada@example.org', 'hash', 'ADMIN', true, 0, 1, now(), now())
"""
MAILS = """
INSERT INTO mail (id, template, recipient, variables, status, content) VALUES
    (gen_random_uuid(), 'magic_link', 'ada@example.org', '{}', 'WRITTEN', 'https://example.org/?token=live'),
    (gen_random_uuid(), 'loan_approved', 'ada@example.org', '{}', 'WRITTEN', 'Dear Ada')
"""


def test_the_tables_in_the_database_are_those_in_the_code(settings: BaseSettings) -> None:
    migrations.check(FOLDER, settings.database_url)


@pytest.fixture
def release_before(postgres_admin_url: str) -> Iterator[str]:
    """A database as the release before left it: at work, its settings never looked at, with a link in a mail."""
    role = f"t{secrets.token_hex(3)}_identity"
    with temporary_database(postgres_admin_url, role) as urls:
        command.upgrade(migrations.config(FOLDER, urls[role].owner), "0007")
        engine = make_engine(urls[role].owner, pool_size=1)
        with engine.begin() as connection:
            connection.exec_driver_sql(USER)
            connection.exec_driver_sql(MAILS)
        engine.dispose()
        yield urls[role].owner
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        for name in (role, owner_of(role)):
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_an_institution_at_work_stays_as_it_was_and_loses_the_links_it_kept(release_before: str) -> None:
    migrations.upgrade(FOLDER, release_before)
    engine = make_engine(release_before, pool_size=1)
    with unit_of_work(make_sessions(engine), "identity") as uow:
        assert not found_institution(uow, is_production=True)
        settings = current_settings(uow.connection)
        contents = uow.connection.exec_driver_sql("SELECT content FROM mail ORDER BY template").scalars().all()
    engine.dispose()
    assert (settings.passwords_by_creator, settings.four_eyes, settings.separation_days) == (True, False, 0)
    assert (settings.idle_timeout_hours, settings.log_retention_days) == (0, 396)
    assert contents == ["Dear Ada", None]
