import secrets
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from alembic import command
from psycopg import sql

from deploy.database.provision import owner_of
from services.lending.__main__ import SERVICE
from shared import migrations
from shared.ids import new_id
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.testing import temporary_database

FOLDER = SERVICE.folder / "migrations"
LOAN = """
INSERT INTO loans (id, loan_number, member_id, union_id, officer_id, principal, currency, term_count, term_unit,
    start_on, end_on, annual_rate, interest_total, processing_fee, processing_fee_collected, penalty_per_day, status,
    created_by, disbursed_on, created_at, updated_at, version, schedule_version, account_version, paid, outstanding)
VALUES (%(id)s, %(number)s, %(id)s, %(id)s, %(id)s, 1000, 'NGN', 2, 'MONTH', '2026-01-31', '2026-03-31', 0, 0, 0, true,
    0, 'ACTIVE', %(id)s, %(disbursed_on)s, now(), now(), 1, 1, 0, 0, 1000)
"""
INSTALMENT = """
INSERT INTO instalments (id, loan_id, sequence, due_on, principal, interest, paid, status, account_version, created_at,
    updated_at)
VALUES (gen_random_uuid(), %(id)s, 1, %(due_on)s, 1000, 0, 0, 'PENDING', 0, now(), now())
"""


def test_the_tables_in_the_database_are_those_in_the_code(settings: BaseSettings) -> None:
    migrations.check(FOLDER, settings.database_url)


@pytest.fixture
def first_release(postgres_admin_url: str) -> Iterator[str]:
    """A database as the first release left it."""
    role = f"t{secrets.token_hex(3)}_lending"
    with temporary_database(postgres_admin_url, role) as urls:
        command.upgrade(migrations.config(FOLDER, urls[role].owner), "0001")
        yield urls[role].owner
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        for name in (role, owner_of(role)):
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_loans_of_the_first_release_know_where_their_schedule_counts_from(first_release: str) -> None:
    disbursed, by_payment = new_id(), new_id()
    engine = make_engine(first_release, pool_size=1)
    with engine.begin() as connection:
        for number, (loan_id, on, due_on) in enumerate(
            [(disbursed, date(2026, 1, 30), date(2026, 2, 28)), (by_payment, date(2026, 2, 10), date(2026, 2, 28))]
        ):
            values = {"id": loan_id, "number": f"LN{number:08}", "disbursed_on": on, "due_on": due_on}
            connection.exec_driver_sql(LOAN, values)
            connection.exec_driver_sql(INSTALMENT, values)
    migrations.upgrade(FOLDER, first_release)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT id, base_on, disbursed_amount, interest_method FROM loans").all()
    engine.dispose()
    assert {row[0]: row[1] for row in rows} == {disbursed: date(2026, 1, 30), by_payment: date(2026, 1, 31)}
    assert {(row[2], row[3]) for row in rows} == {(1000, "FLAT")}
