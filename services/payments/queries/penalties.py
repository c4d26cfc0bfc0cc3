"""Penalties that accrue on late loans, many at once.

This assumes the order of allocation (`domain.allocation.INSTALMENT_ORDER`): money goes to the oldest instalment first,
so what falls due on a day after an unpaid instalment has nothing paid of it. A penalty is therefore added to the
instalment of its day, and no repayment need be put anywhere else.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from services.payments.domain.account import Account
from services.payments.models.rows import ChargeRow, InstalmentRow, LateLoan, RaisedInstalment
from services.payments.queries.rows import rows_of
from shared.postgres.recordset import json_rows, recordset_statement

Values = Mapping[str, Any]

_LOCK = text(
    """
    SELECT loan_id FROM loan_accounts
     WHERE loan_id = ANY(:loan_ids) AND daily_penalty > 0 AND status IN ('ACTIVE', 'DEFAULTED') AND NOT is_deleted
     ORDER BY loan_id FOR UPDATE
    """
)
# A penalty is on what was lent and its price, never on another penalty.
_LATE = text(
    """
    SELECT account.loan_id, account.loan_number, account.union_id, account.officer_id, account.version,
           account.daily_penalty, late.id AS late_instalment_id, due.id AS instalment_id, line.id AS charge_line_id,
           (SELECT max(sequence) FROM instalments WHERE loan_id = account.loan_id) AS last_sequence
      FROM loan_accounts AS account
      JOIN LATERAL (
               SELECT id FROM instalments
                WHERE loan_id = account.loan_id AND closed_at IS NULL
                  AND due_on + account.penalty_grace_days < :day
                  AND interest - interest_paid + principal - principal_paid > 0
                ORDER BY due_on, sequence LIMIT 1
           ) AS late ON true
      LEFT JOIN LATERAL (
               SELECT id FROM instalments
                WHERE loan_id = account.loan_id AND NOT is_charge_line AND due_on >= :day
                ORDER BY due_on, sequence LIMIT 1
           ) AS due ON true
      LEFT JOIN instalments AS line ON line.loan_id = account.loan_id AND line.is_charge_line
     WHERE account.loan_id = ANY(:loan_ids)
       AND NOT EXISTS (
               SELECT 1 FROM charges
                WHERE charges.loan_id = account.loan_id AND charges.due_on = :day AND late_instalment_id IS NOT NULL
           )
     ORDER BY account.loan_id
    """
)
_ADD_CHARGES = recordset_statement(
    """
    INSERT INTO charges (id, loan_id, kind, due_on, amount, note, recorded_at, business_date, account_version,
                         late_instalment_id)
    SELECT * FROM {rows}
    """,
    rows="""
        id uuid, loan_id uuid, kind text, due_on date, amount numeric, note text, recorded_at timestamptz,
        business_date date, account_version integer, late_instalment_id uuid
    """,
)
_RAISE = recordset_statement(
    """
    UPDATE instalments AS line
       SET penalty = line.penalty + rows.amount, updated_at = rows.at, closed_at = NULL,
           status = CASE WHEN line.paid > 0 THEN 'PARTIAL' ELSE 'PENDING' END,
           due_on = CASE WHEN line.is_charge_line THEN greatest(line.due_on, rows.day) ELSE line.due_on END
      FROM {rows},
           instalments AS before
     WHERE line.id = rows.id AND before.id = rows.id
    RETURNING {columns}, before.closed_at
    """.replace("{columns}", ", ".join(f"line.{field.name}" for field in fields(InstalmentRow))),
    rows="id uuid, amount numeric, day date, at timestamptz",
)
_ADD_LINES = recordset_statement(
    """
    INSERT INTO instalments (id, loan_id, officer_id, is_listed, is_charge_line, sequence, due_on, penalty, fee,
                             interest, principal, penalty_paid, fee_paid, interest_paid, principal_paid, status,
                             created_at, updated_at)
    SELECT id, loan_id, officer_id, true, true, sequence, due_on, amount, 0, 0, 0, 0, 0, 0, 0, 'PENDING', at, at
      FROM {rows}
    RETURNING {columns}
    """.replace("{columns}", ", ".join(field.name for field in fields(InstalmentRow))),
    rows="""
        id uuid, loan_id uuid, officer_id uuid, sequence integer, due_on date, amount numeric, at timestamptz
    """,
)
_OWE_MORE = recordset_statement(
    """
    UPDATE loan_accounts
       SET outstanding = outstanding + rows.amount, version = rows.account_version
      FROM {rows}
     WHERE loan_accounts.loan_id = rows.loan_id
    RETURNING {columns}
    """.replace("{columns}", ", ".join(f"loan_accounts.{field.name}" for field in fields(Account))),
    rows="loan_id uuid, amount numeric, account_version integer",
)


def late_loans(connection: Connection, loan_ids: Collection[UUID], day: date) -> list[LateLoan]:
    """Those of the loans on which a penalty accrues for the day and has not yet, their accounts locked."""
    # Locked in a statement of its own: the next one sees what whoever held the lock before has written.
    locked = connection.execute(_LOCK, {"loan_ids": list(loan_ids)}).scalars().all()
    return rows_of(LateLoan, connection.execute(_LATE, {"loan_ids": locked, "day": day}))


def add_penalties(connection: Connection, penalties: Collection[ChargeRow]) -> dict[UUID, Account]:
    """Insert the charges and let the accounts owe them; returns the accounts after it by loan."""
    if not penalties:
        return {}
    rows = {"rows": json_rows(penalties)}
    connection.execute(_ADD_CHARGES, rows)
    return {account.loan_id: account for account in rows_of(Account, connection.execute(_OWE_MORE, rows))}


def raise_instalments(connection: Connection, raised: Collection[Values]) -> list[RaisedInstalment]:
    """Let instalments ask for more: {id, amount, day, at}; returns them after it."""
    return rows_of(RaisedInstalment, connection.execute(_RAISE, {"rows": json_rows(raised)})) if raised else []


def add_charge_lines(connection: Connection, lines: Collection[Values]) -> list[InstalmentRow]:
    """Insert lines of charges: {id, loan_id, officer_id, sequence, due_on, amount, at}; returns them."""
    return rows_of(InstalmentRow, connection.execute(_ADD_LINES, {"rows": json_rows(lines)})) if lines else []
