"""Writes of the facts of loans and unions."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, TextClause

from services.reporting.domain.facts import Charge, FactAhead, LoanState, Reallocation, Schedule, UnionOfficer
from services.reporting.models.facts import (
    facts_ahead,
    loan_charges,
    loan_schedules,
    loan_states,
    reallocations,
    union_officers,
)
from shared.postgres.recordset import json_rows, recordset_statement

_ADD_STATES = recordset_statement(
    "INSERT INTO loan_states SELECT * FROM {rows} ON CONFLICT DO NOTHING", rows=loan_states
)
_ADD_SCHEDULES = recordset_statement(
    "INSERT INTO loan_schedules SELECT * FROM {rows} ON CONFLICT DO NOTHING", rows=loan_schedules
)
_ADD_REALLOCATIONS = recordset_statement(
    "INSERT INTO reallocations SELECT * FROM {rows} ON CONFLICT DO NOTHING", rows=reallocations
)
_ADD_CHARGES = recordset_statement(
    """
    INSERT INTO loan_charges SELECT * FROM {rows}
    ON CONFLICT (id) DO UPDATE SET
        recorded_at = coalesce(loan_charges.recorded_at, excluded.recorded_at),
        recorded_on = coalesce(loan_charges.recorded_on, excluded.recorded_on),
        waived_on = coalesce(loan_charges.waived_on, excluded.waived_on)
    """,
    rows=loan_charges,
)
_ADD_AHEAD = recordset_statement(
    "INSERT INTO facts_ahead SELECT * FROM {rows} ON CONFLICT DO NOTHING", rows=facts_ahead
)
_ADD_UNION_OFFICERS = recordset_statement(
    "INSERT INTO union_officers SELECT * FROM {rows} ON CONFLICT DO NOTHING", rows=union_officers
)


def add_states(connection: Connection, states: Sequence[LoanState]) -> None:
    """Write what loans became."""
    _add(connection, _ADD_STATES, states)


def add_schedules(connection: Connection, schedules: Sequence[Schedule]) -> None:
    """Write schedules."""
    _add(connection, _ADD_SCHEDULES, schedules)


def add_reallocations(connection: Connection, replays: Sequence[Reallocation]) -> None:
    """Write where repayments were put anew."""
    _add(connection, _ADD_REALLOCATIONS, replays)


def add_charges(connection: Connection, charges: Sequence[Charge]) -> None:
    """Write charges and waivers, whichever comes first."""
    # One statement must not meet a row twice.
    first, again = {}, []
    for charge in sorted(charges, key=lambda each: each.id):
        if charge.id in first:
            again.append(charge)
        else:
            first[charge.id] = charge
    _add(connection, _ADD_CHARGES, first.values())
    if again:
        add_charges(connection, again)


def add_ahead(connection: Connection, ahead: Sequence[FactAhead]) -> None:
    """Write of which loans something counts only later."""
    _add(connection, _ADD_AHEAD, ahead)


def add_union_officers(connection: Connection, officers: Sequence[UnionOfficer]) -> None:
    """Write who has a union since when."""
    _add(connection, _ADD_UNION_OFFICERS, officers)


def _add(connection: Connection, statement: TextClause, rows: Collection[object]) -> None:
    if rows:
        connection.execute(statement, {"rows": json_rows(rows)})
