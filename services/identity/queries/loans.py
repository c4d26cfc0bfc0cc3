"""What identity keeps of loans."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from services.identity.models import LoanOfMember


def keep_loans(connection: Connection, told: Sequence[Mapping[str, Any]]) -> None:
    """Keep which loans are open, where nothing newer is known of them; `told` are rows of LoanOfMember, maybe several
    of one loan."""
    newest = {row["loan_id"]: row for row in sorted(told, key=lambda row: row["version"])}
    if not newest:
        return
    # In one order for all, so that two workers never wait for each other.
    rows = insert(LoanOfMember).values([newest[loan_id] for loan_id in sorted(newest)])
    changed = {name: rows.excluded[name] for name in ("member_id", "is_open", "changed_at", "version")}
    is_newer = LoanOfMember.version < rows.excluded.version
    connection.execute(rows.on_conflict_do_update(index_elements=["loan_id"], set_=changed, where=is_newer))
