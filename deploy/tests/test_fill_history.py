"""Reporting of a release before kept no facts, and payments no past schedules: an upgrade fills them in, whatever the
outboxes still have."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest
from msgspec import structs
from sqlalchemy import select, true

from deploy.database.fill_history import fill_history
from deploy.seed.pages import Size
from deploy.seed.tests.conftest import AUDIT_KEY, Institution, admin_url, postgres_log, seeded
from deploy.seed.writer import write_book
from services.payments.models.ledger import loan_accounts
from services.payments.queries.loans import loans_in_short
from services.payments.queries.portfolio import late_on
from services.payments.queries.positions import AsOf
from services.payments.queries.statements import statements_of
from services.reporting.domain.chain import Key
from services.reporting.queries.positions import positions_from_facts, positions_on
from services.reporting.usecases.month_ends import freeze_next_month
from shared.clock import now
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json

__all__ = ["admin_url", "postgres_log", "seeded"]

ZONE = "Africa/Lagos"
LAST_DAY = date(2026, 11, 20)
FACTS = ("loan_states", "loan_schedules", "loan_charges", "reallocations", "union_officers", "loan_types")
FILLED_IN = (
    "UPDATE reporting.portfolio_loans SET loan_number = NULL, member_id = NULL, loan_type_id = NULL, end_on = NULL,"
    "submitted_at = NULL, approved_at = NULL, closed_at = NULL, fee_collected = NULL, outstanding_principal = NULL,"
    "oldest_due_on = NULL, last_counts_from = NULL",
    "UPDATE reporting.repayments SET kind = NULL, account_version = NULL, recorded_at = NULL, recorded_on = NULL,"
    "penalty = NULL, fee = NULL, interest = NULL, principal = NULL, reversal_of_id = NULL",
    "TRUNCATE reporting.directory_member",
    *(f"TRUNCATE reporting.{table}" for table in FACTS),
    "UPDATE reporting.history SET filled_at = NULL",
)


@pytest.fixture(scope="module")
def book(seeded: Institution) -> None:
    write_book(
        seeded.owner_urls,
        Size(40),
        password_hash="the same for all",
        number=3,
        last_day=LAST_DAY,
        zone=ZONE,
        audit_key=Key.of(AUDIT_KEY),
        report=lambda line: None,
    )


@pytest.fixture
def admin(admin_url: str, book: None) -> Iterator[psycopg.Connection]:
    with psycopg.connect(admin_url, dbname="seeded", autocommit=True) as connection:
        yield connection


def facts(admin: psycopg.Connection) -> dict[str, Counter[Any]]:
    tables = (*FACTS, "portfolio_loans", "portfolio_sums", "repayments", "directory_member")
    return {table: Counter(map(str, admin.execute(f"SELECT * FROM reporting.{table}"))) for table in tables}


def positions(seeded: Institution, day: date, *, today: date = LAST_DAY) -> dict[Any, Any]:
    with seeded.sessions["reporting"]() as session:
        connection = session.connection()
        found = positions_on(connection, day, today=today)
        return {row.loan_id: row for row in found.read(connection, "SELECT * FROM position")}


def test_all_facts_are_there_again(seeded: Institution, admin: psycopg.Connection, admin_url: str) -> None:
    before = facts(admin)
    for statement in FILLED_IN:
        admin.execute(statement)
    assert facts(admin) != before
    with seeded.sessions["reporting"]() as session:
        assert freeze_next_month(session.connection(), today=LAST_DAY, at=now()) is None
    assert fill_history(admin_url, zone=ZONE, database="seeded")
    assert facts(admin) == before
    assert fill_history(admin_url, zone=ZONE, database="seeded") is None, "once is enough"


def test_what_the_outboxes_have_forgotten_comes_from_the_tables(
    seeded: Institution, admin: psycopg.Connection, admin_url: str
) -> None:
    """Half of the history is gone: the present is known all the same, and so is the past of what was not changed."""
    today, months = positions(seeded, LAST_DAY), [LAST_DAY - timedelta(days=days) for days in (30, 60, 90)]
    past = [positions(seeded, day) for day in months]
    for statement in FILLED_IN:
        admin.execute(statement)
    for service in ("membership", "lending", "payments"):
        admin.execute(
            f"DELETE FROM {service}.outbox WHERE created_at < (SELECT percentile_disc(0.5) WITHIN GROUP"
            f" (ORDER BY created_at) FROM {service}.outbox)"
        )
    fill_history(admin_url, zone=ZONE, database="seeded")
    assert positions(seeded, LAST_DAY) == today
    assert [positions(seeded, day) for day in months] == past
    with seeded.sessions["reporting"]() as session:
        connection = session.connection()
        rows = positions_from_facts(LAST_DAY).read(connection, "SELECT * FROM position")
    assert {row.loan_id: row for row in rows} == today


def test_payments_gets_the_schedules_of_before_it_kept_them(
    seeded: Institution, admin: psycopg.Connection, admin_url: str
) -> None:
    """Of a loan that was rescheduled, each past day is answered from the schedule of then."""
    days = [LAST_DAY - timedelta(days=days) for days in (1, 30, 60)]
    _reschedule_some(seeded, admin)
    stated, kept = [_stated(seeded, day) for day in days], _schedules(admin)
    assert len({len(rows) for rows in kept.values()}) > 1, "some loans had several schedules"
    admin.execute("TRUNCATE payments.loan_schedules")
    assert [_stated(seeded, day) for day in days] != stated
    fill_history(admin_url, zone=ZONE, database="seeded")
    assert _schedules(admin) == {loan_id: rows for loan_id, rows in kept.items() if len(rows) > 1}
    assert [_stated(seeded, day) for day in days] == stated
    fill_history(admin_url, zone=ZONE, database="seeded")
    assert [_stated(seeded, day) for day in days] == stated


def _reschedule_some(seeded: Institution, admin: psycopg.Connection) -> None:
    """As lending publishes it: what is left of some running loans is asked for a month later each, and costs more."""
    newest = admin.execute(
        """
        SELECT DISTINCT ON (outbox.aggregate_id) outbox.body FROM lending.outbox
          JOIN lending.loans ON loans.id = outbox.aggregate_id AND loans.status = 'ACTIVE'
         WHERE outbox.type = 'lending.loan.disbursed.v1' ORDER BY outbox.aggregate_id
        """
    ).fetchmany(5)
    for (body,) in newest:
        disbursed = Envelope.from_json(body)
        lines = [
            line | {"due_on": str(date.fromisoformat(line["due_on"][:10]) + timedelta(days=30)), "interest": "99.00"}
            for line in disbursed.data["schedule"]
        ]
        rescheduled = structs.replace(
            disbursed,
            id=new_id(),
            type="lending.loan.rescheduled.v1",
            version=disbursed.version + 50,
            occurred_at=datetime.combine(LAST_DAY, time(12), UTC),
            contents=in_json(
                disbursed.data | {"schedule": lines, "schedule_version": disbursed.data["schedule_version"] + 1}
            ),
        )
        for service in ("payments", "reporting"):
            deliver(seeded.sessions[service], seeded.handlers[service], [rescheduled])


def _stated(seeded: Institution, day: date) -> Any:
    with seeded.sessions["payments"]() as session:
        connection = session.connection()
        loans = loans_in_short(connection, connection.scalars(select(loan_accounts.c.loan_id)).all())
        return statements_of(connection, loans, day), late_on(connection, AsOf(day, ZONE), true())


def _schedules(admin: psycopg.Connection) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in admin.execute("SELECT * FROM payments.loan_schedules ORDER BY loan_id, version"):
        found[row[0]].append(row)
    return found
