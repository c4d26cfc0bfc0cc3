"""Penalties that accrue on late loans, many at once.

This assumes the order of allocation (`domain.allocation.INSTALMENT_ORDER`): money goes to the oldest instalment first,
so what falls due on a day after an unpaid instalment has nothing paid of it. A penalty is therefore added to the
instalment of its day, and no repayment need be put anywhere else.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, TextClause, text

from shared.postgres.recordset import json_rows, recordset_statement

Rows = Sequence[Mapping[str, Any]]

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
    RETURNING line.*, before.closed_at AS was_closed_at
    """,
    rows="id uuid, amount numeric, day date, at timestamptz",
)
_ADD_LINES = recordset_statement(
    """
    INSERT INTO instalments (id, loan_id, officer_id, is_listed, is_charge_line, sequence, due_on, penalty, fee,
                             interest, principal, penalty_paid, fee_paid, interest_paid, principal_paid, status,
                             created_at, updated_at)
    SELECT id, loan_id, officer_id, true, true, sequence, due_on, amount, 0, 0, 0, 0, 0, 0, 0, 'PENDING', at, at
      FROM {rows}
    RETURNING *
    """,
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
    RETURNING loan_accounts.*
    """,
    rows="loan_id uuid, amount numeric, account_version integer",
)


def late_loans(connection: Connection, loan_ids: Collection[UUID], day: date) -> Sequence[RowMapping]:
    """Those of the loans on which a penalty accrues for the day and has not yet, their accounts locked.

    Each with its oldest late instalment, and the one the penalty falls due with: `instalment_id`, else the line of
    charges, `charge_line_id`, else a new one after `last_sequence`.
    """
    # Locked in a statement of its own: the next one sees what whoever held the lock before has written.
    locked = connection.execute(_LOCK, {"loan_ids": list(loan_ids)}).scalars().all()
    return connection.execute(_LATE, {"loan_ids": locked, "day": day}).mappings().all()


def add_penalties(connection: Connection, penalties: Rows) -> dict[UUID, RowMapping]:
    """Insert the charges and let the accounts owe them; returns the accounts after it by loan."""
    _run(connection, _ADD_CHARGES, penalties)
    return {row["loan_id"]: row for row in _run(connection, _OWE_MORE, penalties)}


def raise_instalments(connection: Connection, raised: Rows) -> dict[UUID, RowMapping]:
    """Let instalments ask for more: {id, amount, day, at}; returns them after it by loan.

    `was_closed_at` is when nothing was owed on one before, None when something was.
    """
    return {row["loan_id"]: row for row in _run(connection, _RAISE, raised)}


def add_charge_lines(connection: Connection, lines: Rows) -> dict[UUID, RowMapping]:
    """Insert lines of charges: {id, loan_id, officer_id, sequence, due_on, amount, at}; returns them by loan."""
    return {row["loan_id"]: row for row in _run(connection, _ADD_LINES, lines)}


def _run(connection: Connection, statement: TextClause, rows: Rows) -> Sequence[RowMapping]:
    if not rows:
        return []
    result = connection.execute(statement, {"rows": json_rows(rows)})
    return result.mappings().all() if result.returns_rows else []
