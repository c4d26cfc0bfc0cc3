"""What identity kept of mail in the release before belongs to notifications: all of it, once, whatever happens."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from deploy.database.carry_over import carry_over
from deploy.database.provision import DATABASE, SERVICES, Passwords, provision
from deploy.local.postgres import temporary_postgres
from services.notifications.queries import mails
from services.notifications.queries.dues import dues_to_be_reminded_of
from shared import migrations
from shared.ids import new_id
from shared.postgres.engine import make_engine
from shared.testing import eventually

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime.now(UTC)
LEASE = timedelta(seconds=420)
# As the release before takes a mail, and writes down what became of it.
CLAIM = """
UPDATE identity.mail SET attempts = attempts + 1, next_try_at = now() + interval '420 seconds'
WHERE id IN (SELECT id FROM identity.mail WHERE status = 'PENDING' AND next_try_at <= now() FOR UPDATE SKIP LOCKED)
RETURNING recipient
"""
SETTLE = """
UPDATE identity.mail SET status = 'SENT', finished_at = now(), variables = '{}', sealed_link = NULL,
    next_try_at = coalesce(NULL, next_try_at)
WHERE recipient = %s AND status = 'PENDING'
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """A server of its own, for the roles have the names of the services; its URLs."""
    with temporary_postgres(tmp_path_factory.mktemp("postgres")) as admin_url:
        urls = provision(admin_url, {service: Passwords("running-" * 3, "owner-" * 4) for service in SERVICES})
        for service in SERVICES:
            migrations.upgrade(ROOT / "services" / service / "migrations", urls[service].owner)
        yield admin_url, urls


@pytest.fixture
def database(server: tuple[str, dict[str, Any]]) -> Iterator[psycopg.Connection]:
    """The database of an installation whose identity mails, as a superuser sees it."""
    with psycopg.connect(server[0], dbname=DATABASE, autocommit=True) as admin:
        for function in ("take_mail", "take_outcome", "take_setting", "take_template"):
            admin.execute(f"DROP FUNCTION IF EXISTS notifications.{function}() CASCADE")
        for schema in SERVICES:
            tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
            emptied = ", ".join(f"{schema}.{table}" for (table,) in tables if table != "alembic_version")
            admin.execute(f"TRUNCATE {emptied}")
        fill(admin)
        yield admin


@pytest.fixture
def before(server: tuple[str, dict[str, Any]], database: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A process of the release before."""
    url = server[1]["identity"].running.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as identity:
        yield identity


def add_mail(database: psycopg.Connection, recipient: str, **facts: Any) -> None:
    row = {"id": new_id(), "template": "loan_approved", "recipient": recipient, "variables": Jsonb({"a": "b"})} | facts
    names = ", ".join(row)
    marks = ", ".join(f"%({name})s" for name in row)
    database.execute(f"INSERT INTO identity.mail ({names}) VALUES ({marks})", row)


def add_event(database: psycopg.Connection, event_type: str, *, handled_by: str = "") -> Any:
    source, event_id = event_type.partition(".")[0], new_id()
    body = json.dumps({"id": str(event_id), "type": event_type})
    columns = "(id, type, aggregate_id, version, body, published_at)"
    row = (event_id, event_type, new_id(), body, NOW)
    database.execute(f"INSERT INTO {source}.outbox {columns} VALUES (%s, %s, %s, 1, %s, %s)", row)
    if handled_by:
        database.execute(f"INSERT INTO {handled_by}.inbox (event_id) VALUES (%s)", (event_id,))
    return event_id


def fill(admin: psycopg.Connection) -> None:
    add_mail(admin, "waiting@example.org")
    add_mail(admin, "later@example.org", attempts=2, error="451", next_try_at=NOW + timedelta(hours=1))
    add_mail(admin, "link@example.org", template="magic_link", sealed_link="sealed", created_at=NOW)
    add_mail(admin, "sent@example.org", status="SENT", dedupe="loan_approved 1", finished_at=NOW)
    setting = "(id, smtp_host, smtp_password) VALUES ('default', 'a.b', 'sealed')"
    admin.execute(f"INSERT INTO identity.email_setting {setting}")
    admin.execute("INSERT INTO identity.email_template VALUES ('loan_status', 'Ours', 'Dear', true, false, now())")
    admin.execute(
        "INSERT INTO identity.loan_dues (loan_id, lines, reminded_until, next_due_on) VALUES (%s, %s, %s, %s)",
        (new_id(), Jsonb([[1, "2026-03-01", "1.00", "0.00"]]), NOW.date(), NOW.date() + timedelta(days=7)),
    )
    admin.execute("INSERT INTO identity.loan_type_name VALUES (%s, 'Weekly', 1)", (new_id(),))
    union = "(id, name, officer_id, is_deleted, created_at, updated_at, version)"
    admin.execute(
        f"INSERT INTO identity.directory_union {union} VALUES (%s, 'Potters', %s, false, now(), now(), 1)",
        (new_id(), new_id()),
    )
    staff = "(id, email, role, is_active, is_deleted, created_at, version)"
    admin.execute(
        f"INSERT INTO lending.directory_staff {staff} VALUES (%s, 'ada@example.org', 'ADMIN', true, false, now(), 1)",
        (new_id(),),
    )


def column(database: psycopg.Connection, query: str) -> list[Any]:
    return [value for (value,) in database.execute(query).fetchall()]


def carry(server: tuple[str, dict[str, Any]], *, is_end: bool = True) -> bool:
    return carry_over(server[0], is_end=is_end)


def test_all_of_it_is_carried_over_once(server: Any, database: psycopg.Connection) -> None:
    handled = add_event(database, "lending.loan.approved.v1", handled_by="identity")
    missed = add_event(database, "payments.repayment.recorded.v1")
    existing = add_event(database, "identity.user.created.v1", handled_by="lending")
    assert carry(server)
    assert not carry(server)
    kept = dict(database.execute("SELECT recipient, status FROM notifications.mail").fetchall())
    assert kept == {
        "waiting@example.org": "PENDING", "later@example.org": "PENDING", "link@example.org": "PENDING",
        "sent@example.org": "SENT",
    }  # fmt: skip
    [expires_at] = column(database, "SELECT expires_at FROM notifications.mail WHERE sealed_link = 'sealed'")
    assert expires_at == NOW + timedelta(minutes=15)
    assert column(database, "SELECT smtp_password FROM notifications.email_setting") == ["sealed"]
    assert column(database, "SELECT subject FROM notifications.email_template") == ["Ours"]
    assert column(database, "SELECT name FROM notifications.loan_type_name") == ["Weekly"]
    assert column(database, "SELECT name FROM notifications.directory_union") == ["Potters"]
    assert column(database, "SELECT email FROM notifications.directory_staff") == ["ada@example.org"]
    assert set(column(database, "SELECT event_id FROM notifications.inbox")) == {handled, existing}
    assert column(database, "SELECT event_id FROM notifications.deferred_event") == [missed]
    assert column(database, "SELECT recipient FROM identity.mail WHERE next_try_at <= now()") == []


def test_what_was_reminded_of_stays_so_and_what_waits_is_sent_by_notifications(
    server: Any, database: psycopg.Connection
) -> None:
    carry(server)
    engine = make_engine(server[1]["notifications"].running, pool_size=1)
    with engine.begin() as connection:
        assert dues_to_be_reminded_of(connection, until=NOW.date() + timedelta(days=1), limit=10) == []
        taken = mails.claim_due(connection, limit=10, lease=LEASE)
        assert {mail.recipient for mail in taken} == {"waiting@example.org", "link@example.org"}
        # An event that was written about is not written about again.
        row = {"id": new_id(), "template": "x", "recipient": "y", "variables": {}, "dedupe": "loan_approved 1"}
        assert mails.add_mails(connection, [row | {"sealed_link": None, "expires_at": None}]) == []
    engine.dispose()


def test_a_failure_at_any_step_leaves_all_as_it_was(
    server: Any, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, left = psycopg.Connection.execute, [0]

    def failing(self: psycopg.Connection, *arguments: Any, **options: Any) -> Any:
        if self is not database:
            left[0] -= 1
            if left[0] < 0:
                raise psycopg.OperationalError("the connection is lost")
        return execute(self, *arguments, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", failing)
    steps = 0
    while True:
        left[0] = steps
        try:
            carry(server)
        except psycopg.OperationalError:
            assert column(database, "SELECT count(*) FROM identity.mail") == [4]
            assert column(database, "SELECT count(*) FROM notifications.mail") == [0]
            steps += 1
        else:
            break
    assert steps > 20
    assert column(database, "SELECT count(*) FROM notifications.mail") == [4]


def test_a_kill_in_the_middle_leaves_all_as_it_was(server: Any, database: psycopg.Connection) -> None:
    with psycopg.connect(server[0], dbname=DATABASE) as rival:
        rival.execute("LOCK TABLE notifications.loan_dues")
        command = [sys.executable, "-m", "deploy.database.carry_over", "--end"]
        with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"ADMIN_DATABASE_URL": server[0]}) as process:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%%'"
            while column(database, waiting) == [0]:
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    assert column(database, "SELECT count(*) FROM notifications.email_setting") == [0]
    assert carry(server)
    assert column(database, "SELECT count(*) FROM notifications.mail") == [4]


def test_what_a_worker_of_the_release_before_has_in_hand_is_its_to_send(
    server: Any, database: psycopg.Connection, before: psycopg.Connection
) -> None:
    assert {to for (to,) in before.execute(CLAIM).fetchall()} == {"waiting@example.org", "link@example.org"}
    carry(server, is_end=False)
    engine = make_engine(server[1]["notifications"].running, pool_size=1)
    with engine.begin() as connection:
        assert mails.claim_due(connection, limit=10, lease=LEASE) == []
    engine.dispose()
    before.execute(SETTLE, ("waiting@example.org",))
    # It takes no other any more, and what it leaves unfinished is sent by notifications when its lease has run out.
    assert before.execute(CLAIM).fetchall() == []
    found = dict(database.execute("SELECT recipient, status FROM notifications.mail").fetchall())
    assert (found["waiting@example.org"], found["link@example.org"]) == ("SENT", "PENDING")


def test_what_processes_of_the_release_before_still_do_reaches_notifications(
    server: Any, database: psycopg.Connection, before: psycopg.Connection
) -> None:
    carry(server, is_end=False)
    add_mail(before, "late@example.org", dedupe="welcome 1")
    add_mail(before, "again@example.org", dedupe="loan_approved 1")
    before.execute("UPDATE identity.email_setting SET smtp_host = 'c.d'")
    before.execute("UPDATE identity.email_template SET subject = 'Newer'")
    handled = add_event(database, "payments.repayment.recorded.v1", handled_by="identity")
    assert carry(server)
    assert column(database, "SELECT status FROM notifications.mail WHERE recipient = 'late@example.org'") == ["PENDING"]
    assert column(database, "SELECT 1 FROM notifications.mail WHERE recipient = 'again@example.org'") == []
    assert before.execute(CLAIM).fetchall() == []
    assert column(database, "SELECT smtp_host FROM notifications.email_setting") == ["c.d"]
    assert column(database, "SELECT subject FROM notifications.email_template") == ["Newer"]
    # Identity wrote the mail of it; of what falls due notifications has to hear too.
    assert column(database, "SELECT event_id FROM notifications.deferred_event") == [handled]
    assert not carry(server)


def test_a_change_that_is_not_committed_yet_is_waited_for(
    server: Any, database: psycopg.Connection, before: psycopg.Connection
) -> None:
    with ThreadPoolExecutor(1) as threads:
        with before.transaction():
            before.execute("UPDATE identity.email_setting SET smtp_host = 'c.d'")
            before.execute("UPDATE identity.email_template SET subject = 'Newer'")
            carried = threads.submit(carry, server, is_end=False)
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
            eventually(lambda: database.execute(waiting, (DATABASE,)).fetchone() == (1,))
        assert carried.result()
    assert column(database, "SELECT smtp_host FROM notifications.email_setting") == ["c.d"]
    assert column(database, "SELECT subject FROM notifications.email_template") == ["Newer"]


def test_no_right_to_read_comes_of_it(server: Any, database: psycopg.Connection, before: psycopg.Connection) -> None:
    carry(server)
    for statement in ("SELECT 1 FROM notifications.mail", "SELECT notifications.take_mail()"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            before.execute(statement)
