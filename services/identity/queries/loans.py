"""What identity keeps of loans."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from shared.postgres.recordset import json_rows, recordset_statement

# In one order for all, so that two workers never wait for each other.
_KEEP = recordset_statement(
    """
    INSERT INTO loan_of_member AS known (loan_id, member_id, is_open, changed_at, version)
    SELECT * FROM {loans}
    ORDER BY loan_id
    ON CONFLICT (loan_id) DO UPDATE
    SET member_id = excluded.member_id, is_open = excluded.is_open, changed_at = excluded.changed_at,
        version = excluded.version
    WHERE known.version < excluded.version
    """,
    loans="loan_id uuid, member_id uuid, is_open boolean, changed_at timestamptz, version integer",
)

_CLOSE = text("UPDATE loan_of_member SET is_open = false, version = :floor WHERE version < :floor")


def keep_loans(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep which loans are open, where nothing newer is known of them; `rows` are those of LoanOfMember, maybe several
    of one loan."""
    newest = {row["loan_id"]: row for row in sorted(rows, key=lambda row: row["version"])}
    if newest:
        connection.execute(_KEEP, {"loans": json_rows(newest.values())})


def close_below(connection: Connection, version: int) -> None:
    """Take the loans of a lower version as closed."""
    connection.execute(_CLOSE, {"floor": version})
