"""Remembering which sheets were handed in, and who was there."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from services.payments.models.rows import AttendanceRow, SheetHandedInRow
from shared.postgres.recordset import json_rows, recordset_statement

# What was paid stays paid, whatever an older sheet says that arrives later. Members come in one order, so that two
# sheets with the same ones do not wait for each other crosswise.
_NOTE = recordset_statement(
    """
    INSERT INTO attendance (member_id, day, union_id, mark, noted_by, noted_at)
    SELECT member_id, day, union_id, mark, noted_by, noted_at FROM {rows} ORDER BY member_id
    ON CONFLICT (member_id, day) DO UPDATE
       SET union_id = excluded.union_id, mark = excluded.mark, noted_by = excluded.noted_by,
           noted_at = excluded.noted_at
     WHERE attendance.mark <> excluded.mark AND attendance.mark <> 'PAID'
    RETURNING member_id
    """,
    rows="member_id uuid, day date, union_id uuid, mark text, noted_by uuid, noted_at timestamptz",
)
_KEEP = recordset_statement(
    """
    INSERT INTO sheets_handed_in (id, union_id, day, handed_in_by, handed_in_at, recorded, amount, cash, refused,
                                  absent, cash_count)
    SELECT * FROM {rows}
    """,
    rows="""
        id uuid, union_id uuid, day date, handed_in_by uuid, handed_in_at timestamptz, recorded integer,
        amount numeric, cash numeric, refused integer, absent integer, cash_count jsonb
    """,
)
_EXISTS = text("SELECT EXISTS (SELECT 1 FROM sheets_handed_in WHERE union_id = :union_id AND day = :day)")


def note_attendance(connection: Connection, rows: Sequence[AttendanceRow]) -> bool:
    """Note who was there; whether anything is other than it was noted before."""
    return bool(rows) and connection.execute(_NOTE, {"rows": json_rows(rows)}).first() is not None


def was_handed_in(connection: Connection, sheet: SheetHandedInRow) -> bool:
    """Whether the union's sheet of that day was handed in before."""
    values: dict[str, Any] = {"union_id": sheet.union_id, "day": sheet.day}
    return bool(connection.execute(_EXISTS, values).scalar_one())


def keep_sheet(connection: Connection, sheet: SheetHandedInRow) -> None:
    """Remember that a sheet was handed in."""
    connection.execute(_KEEP, {"rows": json_rows([sheet])})
