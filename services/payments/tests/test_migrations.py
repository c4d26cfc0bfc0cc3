"""What the release before kept of a loan as JSON is carried over, and that release can go on working meanwhile."""

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from alembic import command
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from deploy.database.provision import owner_of
from services.payments.__main__ import SERVICE
from shared import migrations
from shared.ids import new_id
from shared.testing import temporary_database

FOLDER = SERVICE.folder / "migrations"
AT = "2026-03-11T09:30:00.125Z"
FACTS = {
    "status": "ACTIVE", "term_count": 12, "term_unit": "WEEK", "start_on": "2026-03-11T00:00:00.000Z", "end_on": None,
    "annual_rate": "0.240000", "processing_fee": "500.00", "processing_fee_collected": True, "penalty_per_day": "1.50",
    "terms": {
        "interest_method": "DECLINING_BALANCE", "rounding": "HALF_EVEN", "penalty_mode": "CHARGED",
        "penalty_grace_days": 2, "rebates_unearned_interest": False, "base_on": "2026-03-10",
    },
    "disbursed_on": "2026-03-11T00:00:00.000Z", "submitted_at": AT, "approved_at": AT, "approved_by": None,
    "disbursement_method": "CASH", "disbursement_reference": None, "notes": "By hand", "created_at": AT,
    "updated_at": AT,
}  # fmt: skip
# Before terms were published, and before the day of the disbursement was.
OLDER = {name: value for name, value in FACTS.items() if name not in {"terms", "disbursed_on"}}
INSERT = """
    INSERT INTO loan_accounts (loan_id, loan_number, member_id, union_id, officer_id, created_by, principal, currency,
                               status, facts, facts_version, schedule_version, version, paid, outstanding,
                               outstanding_principal, daily_penalty, penalty_grace_days)
    VALUES (%(loan_id)s, 'LN00000001', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1000,
            'NGN', 'ACTIVE', %(facts)s, 1, 1, 0, 0, 1000, 1000, 1.50, 2)
"""


@pytest.fixture
def release_before(postgres_admin_url: str) -> Iterator[tuple[str, Any]]:
    """The URL of a database as the release before left it, and a connection to it."""
    role = f"t{secrets.token_hex(3)}_payments"
    with temporary_database(postgres_admin_url, role) as urls:
        url = urls[role].owner
        command.upgrade(migrations.config(FOLDER, url), "0004")
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True, row_factory=dict_row) as connection:
            yield url, connection
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        for name in (role, owner_of(role)):
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def insert(connection: Any, facts: dict[str, Any]) -> Any:
    loan_id = new_id()
    connection.execute(INSERT, {"loan_id": loan_id, "facts": Jsonb(facts)})
    return loan_id


def account(connection: Any, loan_id: Any) -> Any:
    return connection.execute("SELECT * FROM loan_accounts WHERE loan_id = %s", [loan_id]).fetchone()


def test_the_facts_of_loans_become_columns(release_before: tuple[str, Any]) -> None:
    url, connection = release_before
    new, older = insert(connection, FACTS), insert(connection, OLDER)
    migrations.upgrade(FOLDER, url)
    row, before = account(connection, new), account(connection, older)
    assert (row["lending_status"], row["term_count"], row["annual_rate"]) == ("ACTIVE", 12, Decimal("0.240000"))
    assert (row["start_on"], row["base_on"], row["disbursed_on"]) == (
        date(2026, 3, 11), date(2026, 3, 10), date(2026, 3, 11),
    )  # fmt: skip
    assert row["approved_at"] == row["created_at"] == datetime(2026, 3, 11, 9, 30, 0, 125_000, tzinfo=UTC)
    assert (row["interest_method"], row["rounding"]) == ("DECLINING_BALANCE", "HALF_EVEN")
    assert (before["interest_method"], before["base_on"], before["disbursed_on"]) == ("FLAT", None, None)
    assert (row["facts"], before["facts"]) == (FACTS, OLDER)


def test_either_release_reads_what_the_other_writes(release_before: tuple[str, Any]) -> None:
    url, connection = release_before
    migrations.upgrade(FOLDER, url)
    by_the_one_before = insert(connection, FACTS)
    assert account(connection, by_the_one_before)["notes"] == "By hand"
    change = FACTS | {"notes": "Changed", "status": "COMPLETED"}
    statement = "UPDATE loan_accounts SET facts = %s WHERE loan_id = %s"
    connection.execute(statement, [Jsonb(change), by_the_one_before])
    row = account(connection, by_the_one_before)
    assert (row["notes"], row["lending_status"]) == ("Changed", "COMPLETED")
    connection.execute(
        "UPDATE loan_accounts SET notes = 'Again', lending_status = 'ACTIVE' WHERE loan_id = %s", [by_the_one_before]
    )
    assert account(connection, by_the_one_before)["facts"] == FACTS | {"notes": "Again"}


def test_the_release_before_reads_an_account_that_this_one_opens(release_before: tuple[str, Any]) -> None:
    url, connection = release_before
    migrations.upgrade(FOLDER, url)
    row = account(connection, insert(connection, FACTS))
    opened = row | {"loan_id": new_id()}
    del opened["facts"]
    columns, values = (sql.SQL(", ").join(map(form, opened)) for form in (sql.Identifier, sql.Placeholder))
    connection.execute(sql.SQL("INSERT INTO loan_accounts ({}) VALUES ({})").format(columns, values), opened)
    assert account(connection, opened["loan_id"])["facts"] == FACTS
