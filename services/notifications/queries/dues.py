"""Keeping when money of loans falls due, and finding what members are to be reminded of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Row, Uuid, bindparam, func, select, text

from services.notifications.domain.dues import Dues, Line, LineState
from services.notifications.models import LoanDues, LoanTypeName
from shared.postgres.newest import keep_newest
from shared.postgres.recordset import json_rows, recordset_statement

_PLAIN = ("version", "loan_number", "member_id", "union_id", "is_served", "schedule_version", "paid_version")
_ROW = select(*LoanDues.__table__.c)
# Written out, because SQLAlchemy compiles an insert with a conflict clause anew each time. In one order for all, so
# that two workers never wait for each other.
_CREATE = text(
    """
    INSERT INTO loan_dues (loan_id) SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id ON CONFLICT DO NOTHING
    """
)
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_LOCKED = _ROW.where(LoanDues.loan_id == func.any(_IDS)).order_by(LoanDues.loan_id).with_for_update()
_WRITE = recordset_statement(
    """
    UPDATE loan_dues
    SET version = dues.version, loan_number = dues.loan_number, member_id = dues.member_id, union_id = dues.union_id,
        is_served = dues.is_served, schedule_version = dues.schedule_version,
        lines = coalesce(dues.lines, loan_dues.lines),
        paid_version = dues.paid_version, paid = dues.paid, reminded_until = dues.reminded_until,
        next_due_on = dues.next_due_on, changed_at = :at
    FROM {dues}
    WHERE loan_dues.loan_id = dues.loan_id
    """,
    dues="""
        loan_id uuid, version integer, loan_number text, member_id uuid, union_id uuid, is_served boolean,
        schedule_version integer, lines jsonb, paid_version integer, paid jsonb, reminded_until date, next_due_on date
    """,
)
_END = text("UPDATE loan_dues SET is_served = false, next_due_on = NULL, version = :version WHERE version < :version")
_NAMES = select(LoanTypeName.loan_type_id, LoanTypeName.name).where(LoanTypeName.loan_type_id == func.any(_IDS))


def dues_for_update(connection: Connection, loan_ids: Collection[UUID]) -> dict[UUID, Dues]:
    """The dues of these loans, locked; empty ones for a loan that no event was about yet."""
    ids = list(loan_ids)
    connection.execute(_CREATE, {"ids": ids})
    return {row.loan_id: _dues(row) for row in connection.execute(_LOCKED, {"ids": ids})}


def save_dues(connection: Connection, before: Mapping[UUID, Dues], after: Iterable[Dues], *, at: datetime) -> None:
    """Write back those that changed. The schedule, which is most of a loan, stays where it is the same as before."""
    changed = [dues for dues in after if dues != before[dues.loan_id]]
    rows = [_columns(dues, has_same_lines=dues.lines is before[dues.loan_id].lines) for dues in changed]
    if rows:
        connection.execute(_WRITE, {"dues": json_rows(rows), "at": at})


def dues_to_be_reminded_of(connection: Connection, *, until: date, limit: int) -> Sequence[Dues]:
    """Loans with something due by then of which nobody was reminded, locked; rivals take others."""
    query = _ROW.where(LoanDues.next_due_on <= until).order_by(LoanDues.next_due_on).limit(limit)
    return [_dues(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def end_dues_below(connection: Connection, version: int) -> None:
    """Let nothing fall due of loans of a lower version."""
    connection.execute(_END, {"version": version})


def keep_loan_type(connection: Connection, *, loan_type_id: UUID, name: str, version: int) -> None:
    """Keep what a loan type is called, unless something newer is kept."""
    values = {"loan_type_id": loan_type_id, "name": name, "version": version}
    keep_newest(connection, LoanTypeName.__table__, values)


def loan_type_names(connection: Connection, ids: Collection[UUID]) -> dict[UUID, str]:
    """What these loan types are called, as far as lending has published them."""
    return {row.loan_type_id: row.name for row in connection.execute(_NAMES, {"ids": list(ids)})}


def _dues(row: Row[Any]) -> Dues:
    return Dues(
        loan_id=row.loan_id,
        **{name: getattr(row, name) for name in _PLAIN},
        lines={sequence: _line(*rest) for sequence, *rest in row.lines},
        paid={int(sequence): _state(*values) for sequence, values in row.paid.items()},
        reminded_until=row.reminded_until,
    )


def _columns(dues: Dues, *, has_same_lines: bool) -> dict[str, Any]:
    return {
        "loan_id": dues.loan_id,
        **{name: getattr(dues, name) for name in _PLAIN},
        "lines": None if has_same_lines else [[sequence, *_texts(line)] for sequence, line in dues.lines.items()],
        "paid": {str(sequence): _values(state) for sequence, state in dues.paid.items()},
        "reminded_until": dues.reminded_until,
        "next_due_on": dues.next_due_on,
    }


def _texts(line: Line) -> list[str]:
    return [line.due_on.isoformat(), str(line.total), str(line.penalty)]


def _line(due_on: str, total: str, penalty: str) -> Line:
    return Line(date.fromisoformat(due_on), Decimal(total), Decimal(penalty))


def _values(state: LineState) -> list[Any]:
    due = [state.due_version, *_texts(state.due)] if state.due else []
    return [state.version, str(state.paid), state.is_closed, *due]


def _state(version: int, paid: str, is_closed: bool, due_version: int = 0, *due: str) -> LineState:
    return LineState(version, Decimal(paid), is_closed, due_version, _line(*due) if due else None)
