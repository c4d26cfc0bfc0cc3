"""Writes of facts that are published anew, and removal of what their owners do not have."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select, text

from services.reporting.domain.facts import Charge, LoanState, Schedule, UnionOfficer
from services.reporting.models.facts import loan_charges, loan_schedules, loan_states, union_officers
from services.reporting.models.portfolio import portfolio_loans, portfolio_members
from shared.postgres.recordset import ids_text, json_rows, recordset_statement

_NUMBERS = "loan_id uuid, former integer, version integer"
_FORGET_STATES = recordset_statement(
    """
    DELETE FROM loan_states AS state USING {rows}
     WHERE state.loan_id = rows.loan_id AND state.version > rows.former AND state.version < rows.version
    RETURNING state.loan_id, state.counts_from
    """,
    rows=_NUMBERS,
)
# Of a loan about which nothing is known.
_ADD_ORIGINS = recordset_statement(
    """
    INSERT INTO loan_states SELECT * FROM {rows}
     WHERE NOT EXISTS (SELECT FROM loan_states AS state WHERE state.loan_id = rows.loan_id)
    RETURNING loan_id, counts_from
    """,
    rows=loan_states,
)
# Unless the newest one known says the same.
_ADD_STATES = recordset_statement(
    """
    INSERT INTO loan_states
    SELECT rows.* FROM {rows} LEFT JOIN LATERAL (
        SELECT * FROM loan_states AS state WHERE state.loan_id = rows.loan_id ORDER BY version DESC LIMIT 1
    ) AS known ON true
     WHERE (known.status, known.union_id, known.loan_type_id, known.principal, known.disbursed_on, known.is_deleted)
           IS DISTINCT FROM
           (rows.status, rows.union_id, rows.loan_type_id, rows.principal, rows.disbursed_on, rows.is_deleted)
    ON CONFLICT DO NOTHING
    RETURNING loan_id, counts_from
    """,
    rows=loan_states,
)
_FORGET_SCHEDULES = recordset_statement(
    """
    DELETE FROM loan_schedules AS known USING {rows}
     WHERE known.loan_id = rows.loan_id AND known.version > rows.version
    RETURNING known.loan_id, known.counts_from
    """,
    rows="loan_id uuid, version integer",
)
_ADD_SCHEDULES = recordset_statement(
    """
    INSERT INTO loan_schedules AS known SELECT * FROM {rows}
    ON CONFLICT (loan_id, version) DO UPDATE SET
        counts_from = excluded.counts_from, recorded_on = excluded.recorded_on, due_on = excluded.due_on,
        total_by = excluded.total_by, principal_by = excluded.principal_by
     WHERE (known.due_on, known.total_by, known.principal_by)
           IS DISTINCT FROM (excluded.due_on, excluded.total_by, excluded.principal_by)
    RETURNING known.loan_id, known.counts_from
    """,
    rows=loan_schedules,
)
_FORGET_REPAYMENTS = text(
    """
    DELETE FROM repayments
     WHERE loan_id = ANY(CAST(CAST(:loans AS text) AS uuid[])) AND id <> ALL(CAST(CAST(:kept AS text) AS uuid[]))
    RETURNING loan_id, paid_on, amount
    """
)
_FORGET_CHARGES = text(
    """
    DELETE FROM loan_charges
     WHERE loan_id = ANY(CAST(CAST(:loans AS text) AS uuid[])) AND id <> ALL(CAST(CAST(:kept AS text) AS uuid[]))
    RETURNING loan_id, due_on
    """
)
_WRITE_CHARGES = recordset_statement(
    """
    INSERT INTO loan_charges AS known SELECT * FROM {rows}
    ON CONFLICT (id) DO UPDATE SET
        recorded_at = excluded.recorded_at, recorded_on = excluded.recorded_on, waived_on = excluded.waived_on
     WHERE (known.recorded_at, known.recorded_on, known.waived_on)
           IS DISTINCT FROM (excluded.recorded_at, excluded.recorded_on, excluded.waived_on)
    RETURNING known.loan_id, known.due_on
    """,
    rows=loan_charges,
)
_FORGET_REALLOCATIONS = recordset_statement(
    """
    DELETE FROM reallocations AS known USING {rows}
     WHERE known.loan_id = rows.loan_id AND known.account_version > rows.former AND known.account_version < rows.version
    """,
    rows=_NUMBERS,
)
_FORGET_OFFICERS = recordset_statement(
    """
    DELETE FROM union_officers AS known USING {rows}
     WHERE known.union_id = rows.union_id AND known.version > rows.former AND known.version < rows.version
    """,
    rows="union_id uuid, former integer, version integer",
)
_ADD_OFFICERS = recordset_statement(
    """
    INSERT INTO union_officers
    SELECT rows.* FROM {rows} LEFT JOIN LATERAL (
        SELECT officer_id FROM union_officers AS one WHERE one.union_id = rows.union_id ORDER BY version DESC LIMIT 1
    ) AS known ON true
     WHERE known.officer_id IS DISTINCT FROM rows.officer_id
    ON CONFLICT DO NOTHING
    """,
    rows=union_officers,
)
_END_LOAN_TYPES = text("UPDATE loan_types SET is_deleted = true, version = :version WHERE version < :version")
_FORGET_LOANS = tuple(
    text(f"DELETE FROM {table} WHERE loan_id = ANY(CAST(CAST(:loans AS text) AS uuid[]))")  # noqa: S608 - two constants
    for table in ("loan_states", "loan_schedules")
)


class Numbers(NamedTuple):
    """A loan with its version before it was published anew, and after."""

    loan_id: UUID
    former: int
    version: int


class Changed(NamedTuple):
    """A loan of which something is other than was known, from a day on."""

    loan_id: UUID
    day: date


class Forgotten(NamedTuple):
    """A repayment that did not happen."""

    loan_id: UUID
    paid_on: date
    amount: Decimal


def write_states(
    connection: Connection, numbers: Sequence[Numbers], origins: Sequence[LoanState], states: Sequence[LoanState]
) -> list[Changed]:
    """Make the newest state of loans these, without those in between that did not happen; returns what changed."""
    gone = connection.execute(_FORGET_STATES, {"rows": json_rows(one._asdict() for one in numbers)})
    changed = [Changed(*row) for row in gone]
    for statement, rows in ((_ADD_ORIGINS, origins), (_ADD_STATES, states)):
        if rows:
            changed += [Changed(*row) for row in connection.execute(statement, {"rows": json_rows(rows)})]
    return changed


def write_schedules(
    connection: Connection, newest: Sequence[tuple[UUID, int]], schedules: Sequence[Schedule]
) -> list[Changed]:
    """Make the newest schedules of loans these, the numbers of which `newest` gives for all; returns what changed."""
    numbers = [{"loan_id": loan_id, "version": version} for loan_id, version in newest]
    changed = [Changed(*row) for row in connection.execute(_FORGET_SCHEDULES, {"rows": json_rows(numbers)})]
    if schedules:
        changed += [Changed(*row) for row in connection.execute(_ADD_SCHEDULES, {"rows": json_rows(schedules)})]
    return changed


def forget_repayments(connection: Connection, loans: Collection[UUID], *, but: Collection[UUID]) -> list[Forgotten]:
    """Forget the repayments of loans, all but these; returns what was forgotten."""
    values = {"loans": ids_text(loans), "kept": ids_text(but)}
    return [Forgotten(*row) for row in connection.execute(_FORGET_REPAYMENTS, values)]


def write_charges(connection: Connection, loans: Collection[UUID], charges: Sequence[Charge]) -> list[Changed]:
    """Make the charges of loans these; returns what changed."""
    values = {"loans": ids_text(loans), "kept": ids_text(charge.id for charge in charges)}
    changed = [Changed(*row) for row in connection.execute(_FORGET_CHARGES, values)]
    if charges:
        ordered = sorted(charges, key=lambda charge: charge.id)
        changed += [Changed(*row) for row in connection.execute(_WRITE_CHARGES, {"rows": json_rows(ordered)})]
    return changed


def forget_reallocations(connection: Connection, numbers: Sequence[Numbers]) -> None:
    """Forget where repayments were put anew between two versions."""
    connection.execute(_FORGET_REALLOCATIONS, {"rows": json_rows(one._asdict() for one in numbers)})


def write_union_officer(connection: Connection, officer: UnionOfficer, former_version: int) -> None:
    """Make the newest officer of a union this one, without those in between that did not happen."""
    numbers = {"union_id": officer.union_id, "former": former_version, "version": officer.version}
    connection.execute(_FORGET_OFFICERS, {"rows": json_rows([numbers])})
    connection.execute(_ADD_OFFICERS, {"rows": json_rows([officer])})


def loans_below(connection: Connection, version: int) -> Sequence[UUID]:
    """Loans that stand in lower versions of lending's facts, and are not deleted."""
    stands = portfolio_loans.c.version.between(1, version - 1) & ~portfolio_loans.c.is_deleted
    return connection.execute(select(portfolio_loans.c.id).where(stands)).scalars().all()


def accounts_below(connection: Connection, version: int) -> Sequence[UUID]:
    """Loans whose accounts stand in lower versions."""
    stands = portfolio_loans.c.account_version.between(1, version - 1)
    return connection.execute(select(portfolio_loans.c.id).where(stands)).scalars().all()


def members_below(connection: Connection, version: int) -> Sequence[UUID]:
    """Members who stand in lower versions, and are not deleted."""
    stands = (portfolio_members.c.version < version) & ~portfolio_members.c.is_deleted
    return connection.execute(select(portfolio_members.c.id).where(stands)).scalars().all()


def end_loan_types_below(connection: Connection, version: int) -> None:
    """Take loan types of lower versions as deleted."""
    connection.execute(_END_LOAN_TYPES, {"version": version})


def forget_loans(connection: Connection, loans: Collection[UUID]) -> None:
    """Forget how loans stood and what fell due of them."""
    for statement in _FORGET_LOANS:
        connection.execute(statement, {"loans": ids_text(loans)})
