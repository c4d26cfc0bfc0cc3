"""`python -m deploy.database.fill_history`: gives reporting the facts of what happened before it kept facts, and
payments the schedules of before it kept them.

To be run after the migrations, for the database of ADMIN_DATABASE_URL, which may be given as ..._FILE; services may run
meanwhile. It applies what the outboxes still have, as reporting would have, and takes the rest from the tables of the
services as they are now. Payments gets what reporting has then. Harmless to repeat: what is there is passed over, and
once all is, nothing is done. See docs/decisions/40-facts-of-the-portfolio.md and 49-past-schedules.md.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, pool, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from deploy.database.provision import DATABASE
from services.reporting.consumers import handlers
from services.reporting.queries.due import due_of
from shared.db import Sessions, UnitOfWork, make_sessions, run_transaction
from shared.fields import Day
from shared.messaging.events import Envelope
from shared.postgres.urls import sqlalchemy_url
from shared.settings import BadSettings, read_settings

SOURCES = ("membership", "lending", "payments")
BATCH = 500
_TYPES = [name for name in handlers.event_types if name.partition(".")[0] in SOURCES and ".audit." not in name]
_DAY = "(({} AT TIME ZONE :zone)::date)"
_FROM_TABLES = (
    # Whom an outbox says nothing of any more.
    "INSERT INTO reporting.directory_member SELECT * FROM lending.directory_member ON CONFLICT DO NOTHING",
    """
    INSERT INTO reporting.loan_types (id, name, is_deleted, version)
    SELECT id, name, false, version FROM lending.loan_types ON CONFLICT DO NOTHING
    """,
    f"""
    INSERT INTO reporting.union_officers (union_id, version, counts_from, officer_id)
    SELECT id, 0, {_DAY.format("created_at")}, officer_id FROM reporting.directory_union
     WHERE id NOT IN (SELECT union_id FROM reporting.union_officers)
    """,
    # A loan of which no step is left stands as it does since it was changed last ...
    f"""
    INSERT INTO reporting.loan_states (loan_id, version, counts_from, recorded_on, status, union_id, loan_type_id,
                                       principal, disbursed_on, is_deleted)
    SELECT loan.id, loan.version, {_DAY.format("loan.updated_at")}, {_DAY.format("loan.updated_at")}, loan.status,
           loan.union_id, loan.loan_type_id, loan.principal, loan.disbursed_on, loan.deleted_at IS NOT NULL
      FROM lending.loans AS loan JOIN reporting.portfolio_loans AS loan_row ON loan_row.id = loan.id
     WHERE NOT EXISTS (SELECT FROM reporting.loan_states AS state WHERE state.loan_id = loan.id)
    ON CONFLICT DO NOTHING
    """,
    # ... and one whose disbursement is forgotten was running since.
    """
    INSERT INTO reporting.loan_states (loan_id, version, counts_from, recorded_on, status, union_id, loan_type_id,
                                       principal, disbursed_on, is_deleted)
    SELECT DISTINCT ON (loan_id) loan_id, 0, disbursed_on, disbursed_on, 'ACTIVE', union_id, loan_type_id, principal,
           disbursed_on, false
      FROM reporting.loan_states AS state WHERE disbursed_on IS NOT NULL AND NOT EXISTS (
          SELECT FROM reporting.loan_states AS older
           WHERE older.loan_id = state.loan_id AND older.counts_from <= state.disbursed_on)
     ORDER BY loan_id, version
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO reporting.loan_schedules (loan_id, version, counts_from, recorded_on, is_reschedule, due_on, total_by,
                                          principal_by)
    SELECT loan_id, 0, disbursed_on, disbursed_on, false, array_agg(due_on ORDER BY due_on, sequence),
           array_agg(total_by ORDER BY due_on, sequence), array_agg(principal_by ORDER BY due_on, sequence)
      FROM (SELECT line.loan_id, line.due_on, line.sequence, account.disbursed_on,
                   (sum(line.principal + line.interest + line.interest_rebated) OVER by_line * 100)::bigint AS total_by,
                   (sum(line.principal) OVER by_line * 100)::bigint AS principal_by
              FROM payments.instalments AS line JOIN payments.loan_accounts AS account ON account.loan_id = line.loan_id
             WHERE NOT line.is_charge_line AND account.disbursed_on IS NOT NULL AND NOT EXISTS (
                   SELECT FROM reporting.loan_schedules AS schedule
                    WHERE schedule.loan_id = line.loan_id AND schedule.counts_from <= account.disbursed_on)
            WINDOW by_line AS (PARTITION BY line.loan_id ORDER BY line.due_on, line.sequence)) AS line
     GROUP BY loan_id, disbursed_on
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO reporting.loan_charges (id, loan_id, kind, due_on, amount, recorded_at, recorded_on, waived_on)
    SELECT charge.id, charge.loan_id, charge.kind, charge.due_on, charge.amount, charge.recorded_at,
           charge.business_date, waiver.business_date
      FROM payments.charges AS charge LEFT JOIN payments.waivers AS waiver ON waiver.charge_id = charge.id
    ON CONFLICT DO NOTHING
    """,
    """
    UPDATE reporting.repayments AS counted
       SET kind = paid.kind, account_version = paid.account_version, recorded_at = paid.recorded_at,
           recorded_on = paid.business_date, reversal_of_id = paid.reversal_of_id, penalty = coalesce(part.penalty, 0),
           fee = coalesce(part.fee, 0), interest = coalesce(part.interest, 0), principal = coalesce(part.principal, 0)
      FROM payments.repayments AS paid
      LEFT JOIN (SELECT repayment_id, sum(penalty) AS penalty, sum(fee) AS fee, sum(interest) AS interest,
                        sum(principal) AS principal FROM payments.allocations GROUP BY repayment_id) AS part
             ON part.repayment_id = paid.id
     WHERE counted.id = paid.id AND counted.kind IS NULL
    """,
    """
    UPDATE reporting.portfolio_loans AS loan_row
       SET loan_number = loan.loan_number, member_id = loan.member_id, loan_type_id = loan.loan_type_id,
           end_on = loan.end_on, submitted_at = loan.submitted_at, approved_at = loan.approved_at,
           closed_at = loan.closed_at,
           fee_collected = CASE WHEN loan.processing_fee_collected THEN loan.processing_fee ELSE 0 END
      FROM lending.loans AS loan WHERE loan.id = loan_row.id AND loan_row.loan_number IS NULL
    """,
    """
    UPDATE reporting.portfolio_loans AS loan_row SET outstanding_principal = account.outstanding_principal
      FROM payments.loan_accounts AS account
     WHERE account.loan_id = loan_row.id AND account.version = loan_row.account_version
       AND loan_row.outstanding_principal IS NULL
    """,
    """
    UPDATE reporting.portfolio_loans SET last_counts_from = coalesce(
        (SELECT max(paid_on) FROM reporting.repayments WHERE loan_id = portfolio_loans.id), disbursed_on, created_on)
     WHERE last_counts_from IS NULL AND version > 0
    """,
)
# Only of loans that had several: of all others the present schedule says it. Version 0 is a forgotten first one.
_SCHEDULES_OF_PAYMENTS = """
INSERT INTO payments.loan_schedules (loan_id, version, counts_from, sequence, due_on, interest, principal)
SELECT loan_id, version, counts_from, array_remove(array_agg(place::integer ORDER BY place), NULL),
       array_remove(array_agg(due_on ORDER BY place), NULL), array_remove(array_agg(interest ORDER BY place), NULL),
       array_remove(array_agg(principal ORDER BY place), NULL)
  FROM (SELECT kept.loan_id, kept.version, kept.counts_from, line.place, line.due_on,
               (line.total_by - line.principal_by - lag(line.total_by - line.principal_by, 1, 0::bigint) OVER by_line)
                   / 100.00 AS interest,
               (line.principal_by - lag(line.principal_by, 1, 0::bigint) OVER by_line) / 100.00 AS principal
          FROM reporting.loan_schedules AS kept
          JOIN payments.loan_accounts AS account
                 ON account.loan_id = kept.loan_id AND kept.version <= account.schedule_version
          LEFT JOIN LATERAL unnest(kept.due_on, kept.total_by, kept.principal_by)
                 WITH ORDINALITY AS line (due_on, total_by, principal_by, place) ON true
         WHERE EXISTS (SELECT FROM reporting.loan_schedules AS other
                        WHERE other.loan_id = kept.loan_id AND other.version <> kept.version)
        WINDOW by_line AS (PARTITION BY kept.loan_id, kept.version ORDER BY line.place)) AS line
 GROUP BY loan_id, version, counts_from
ON CONFLICT DO NOTHING
"""
_OLDEST_DUE = f"""
WITH changed AS MATERIALIZED (
    SELECT id AS loan_id, paid FROM portfolio_loans WHERE oldest_due_on IS NULL AND outstanding > 0),
{due_of("changed")}
UPDATE portfolio_loans SET oldest_due_on = due.due_on[width_bucket((changed.paid * 100)::bigint, due.total_by) + 1]
  FROM changed JOIN due USING (loan_id) WHERE portfolio_loans.id = changed.loan_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `main` reads from the environment."""

    admin_database_url: str = field(repr=False)
    company_time_zone: str = "Africa/Lagos"


def fill_history(admin_url: str, *, zone: str, database: str = DATABASE) -> int | None:
    """Fill in the facts of the past, unless that was done; returns how many events were applied, None when it was done.

    `admin_url` is a superuser's. Days are those of the time zone.
    """
    applied = _fill_reporting(admin_url, zone=zone, database=database)
    with psycopg.connect(admin_url, dbname=database) as connection:
        connection.execute(_SCHEDULES_OF_PAYMENTS)
    return applied


def _fill_reporting(admin_url: str, *, zone: str, database: str) -> int | None:
    with psycopg.connect(admin_url, dbname=database) as reading:
        found = reading.execute("SELECT filled_at FROM reporting.history").fetchone()
        if found and found[0]:
            return None
        Day.zone = zone
        url = make_url(sqlalchemy_url(admin_url)).set(database=database)
        # Reads what all have, and writes as reporting would find it.
        options = {"options": "-c search_path=reporting,public -c statement_timeout=0"}
        engine = create_engine(url, poolclass=pool.NullPool, connect_args=options, hide_parameters=True)
        sessions, applied = make_sessions(engine), 0
        for source in SOURCES:
            for envelopes in _batches(reading, source):
                _apply(sessions, envelopes)
                applied += len(envelopes)
        with engine.begin() as connection:
            for statement in _FROM_TABLES:
                connection.execute(text(statement), {"zone": zone} if ":zone" in statement else {})
            connection.execute(text(_OLDEST_DUE))
            connection.execute(text("UPDATE history SET filled_at = :at"), {"at": datetime.now(UTC)})
    return applied


def _batches(reading: psycopg.Connection, source: str) -> Iterator[list[Envelope]]:
    """The events of a service that facts are made of, the oldest first."""
    query = sql.SQL("SELECT body FROM {} WHERE type = ANY(%s) ORDER BY seq").format(sql.Identifier(source, "outbox"))
    with reading.cursor(name=f"history_of_{source}") as cursor:
        cursor.execute(query, (_TYPES,))
        while rows := cursor.fetchmany(BATCH):
            yield [Envelope.from_json(body) for (body,) in rows]


def _apply(sessions: Sessions, envelopes: Sequence[Envelope]) -> None:
    """As if they came now: not even those that were handled lately are passed over by the inbox."""

    def work(uow: UnitOfWork) -> None:
        handlers.run(uow, envelopes)

    run_transaction(sessions, handlers.service, work)


def main() -> None:
    try:
        settings = read_settings(Settings, os.environ, prefix="PROVISION")
        applied = fill_history(settings.admin_database_url, zone=settings.company_time_zone)
    except (BadSettings, psycopg.Error, DBAPIError) as error:
        sys.exit(f"The history of loans could not be given to reporting: {error}")
    if applied is not None:
        print(f"Reporting has the history of loans: {applied:,} events.", flush=True)


if __name__ == "__main__":
    main()
