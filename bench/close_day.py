"""How many loans a second the closing of a day goes through, on a book made by the database itself."""

import os
import secrets
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from deploy.database.provision import Passwords, provision
from deploy.local.postgres import temporary_postgres
from services.payments.__main__ import SERVICE
from services.payments.commands.close_day import DayEnd
from services.payments.queries.positions import AsOf
from shared.clock import business_date
from shared.db import make_sessions
from shared.postgres.engine import make_engine

ZONE = "Africa/Lagos"
INSTALMENTS = 12
LATE_IN_EVERY = 8

# Weekly loans of a hundred officers, begun over the last eleven weeks, so that something is owed on every one. One in
# so many pays nothing after the third week; the others have paid all that is due.
_ACCOUNTS = """
INSERT INTO loan_accounts (loan_id, loan_number, member_id, union_id, officer_id, created_by, principal, currency,
                           status, disbursed_at, lending_status, term_count, term_unit, start_on, annual_rate,
                           processing_fee, processing_fee_collected, penalty_per_day, interest_method, rounding,
                           rebates_unearned_interest, created_at, updated_at, facts_version, schedule_version, version,
                           paid, outstanding, outstanding_principal)
SELECT uuidv7(), 'LN' || lpad(n::text, 8, '0'), gen_random_uuid(), lpad(to_hex(n %% 500), 32, '0')::uuid,
       lpad(to_hex(n %% 100), 32, '0')::uuid, gen_random_uuid(), 60000, 'NGN', 'ACTIVE',
       %(day)s - make_interval(days => n %% 77 + 1), 'ACTIVE', 12, 'WEEK', %(day)s - (n %% 77 + 1), 0.24,
       0, true, 0, 'FLAT', 'HALF_UP', false, now(), now(), 4, 1, 0,
       lines * 5500, 66000 - lines * 5500, 60000 - lines * 5000
  FROM generate_series(1, %(loans)s) AS n,
       LATERAL (SELECT (n %% 77 + 1) / 7) AS due(weeks),
       LATERAL (SELECT CASE WHEN n %% %(late)s = 0 THEN least(3, weeks) ELSE weeks END) AS paid(lines)
"""
_INSTALMENTS = """
INSERT INTO instalments (id, loan_id, officer_id, is_listed, sequence, due_on, penalty, fee, interest, principal,
                         penalty_paid, fee_paid, interest_paid, principal_paid, status, closed_at, created_at,
                         updated_at)
SELECT uuidv7(), loan_id, officer_id, true, sequence, disbursed_at::date + 7 * sequence, 0, 0, 500, 5000, 0, 0,
       CASE WHEN is_paid THEN 500 ELSE 0 END, CASE WHEN is_paid THEN 5000 ELSE 0 END,
       CASE WHEN is_paid THEN 'PAID' ELSE 'PENDING' END, CASE WHEN is_paid THEN now() END, now(), now()
  FROM loan_accounts, generate_series(1, %(instalments)s) AS sequence,
       LATERAL (SELECT 5500 * sequence <= paid) AS line(is_paid)
"""


def fill_book(database_url: str, loans: int, day: date) -> None:
    """Fill the empty tables of payments with so many loans as they stand on a day."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    values = {"loans": loans, "day": day, "late": LATE_IN_EVERY, "instalments": INSTALMENTS}
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("SET statement_timeout = 0")
        for statement in (_ACCOUNTS, _INSTALMENTS):
            database.execute(statement, values)
        database.execute("VACUUM ANALYZE loan_accounts, instalments")


def measure_close_day(loans: int, workers: int = os.cpu_count() or 1) -> float:
    """Close a day on a book of so many loans in a PostgreSQL of its own; returns loans per second."""
    day = business_date(ZONE) - timedelta(days=1)
    with tempfile.TemporaryDirectory() as folder, temporary_postgres(Path(folder)) as admin_url:
        urls = provision(admin_url, {"payments": Passwords(secrets.token_hex(16), secrets.token_hex(16))})["payments"]
        url = urls.running
        surroundings = {"DATABASE_URL": url, "BROKER_URL": "memory://", "JWKS_URL": "", "INTERNAL_SECRET": url * 2}
        SERVICE.migrate(surroundings | {"OWNER_DATABASE_URL": urls.owner, "ENVIRONMENT": "development"})
        fill_book(urls.owner, loans, day)
        engine = make_engine(url, pool_size=workers)
        day_end = DayEnd(make_sessions(engine), AsOf(day, ZONE))
        started = time.monotonic()
        day_end.begin()
        with ThreadPoolExecutor(workers) as threads:
            done = sum(threads.map(lambda _: day_end.work(), range(workers)))
        seconds = time.monotonic() - started
        engine.dispose()
    return done / seconds
