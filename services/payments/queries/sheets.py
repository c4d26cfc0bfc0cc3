"""Reading what a collection sheet is made of, and remembering which of its lines were recorded."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Text, bindparam, delete, func, select

from services.payments.domain.account import RUNNING
from services.payments.models.collection import collection_lines
from services.payments.models.ledger import loan_accounts
from services.payments.models.rows import LoanInShort, RecordedPayment, UnionRow
from services.payments.queries.loans import LOAN_IN_SHORT
from services.payments.queries.rows import columns_of, row_of, rows_of
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_union
from shared.postgres.recordset import json_rows, recordset_statement

_COLLECTABLE = (
    LOAN_IN_SHORT.where(
        loan_accounts.c.status.in_(RUNNING),
        loan_accounts.c.schedule_version > 0,
        loan_accounts.c.outstanding > 0,
        ~loan_accounts.c.is_deleted,
    )
    .order_by(directory_member.c.first_name, directory_member.c.last_name, directory_member.c.code)
    .order_by(loan_accounts.c.loan_id)
)
_OF_UNION = _COLLECTABLE.where(loan_accounts.c.union_id == bindparam("union_id"))
_OF_OFFICER = _COLLECTABLE.where(loan_accounts.c.officer_id == bindparam("officer_id"))
# Waits for a rival with the same key that is still at work; the keys come in one order, so that two sheets with the
# same ones do not wait for each other crosswise.
_CLAIM = recordset_statement(
    """
    INSERT INTO collection_lines (received_by, key, loan_id, amount, repayment_id, created_at)
    SELECT :received_by, key, loan_id, amount, repayment_id, :at
      FROM {lines}
     ORDER BY key
    ON CONFLICT DO NOTHING RETURNING key
    """,
    lines="key text, loan_id uuid, amount numeric, repayment_id uuid",
)
_own = (collection_lines.c.received_by == bindparam("p_received_by")) & (
    collection_lines.c.key == func.any(bindparam("p_keys", type_=ARRAY(Text)))
)
_CLAIMED, _RELEASE = select(collection_lines).where(_own), delete(collection_lines).where(_own)


def union_in_scope(connection: Connection, actor: Actor, union_id: UUID) -> UnionRow | None:
    """The union, if the actor may see it."""
    own = (
        (directory_union.c.id == union_id) & ~directory_union.c.is_deleted & scope(actor, directory_union.c.officer_id)
    )
    return row_of(UnionRow, connection.execute(select(*columns_of(UnionRow, directory_union)).where(own)))


def collectable_accounts(connection: Connection, union_id: UUID) -> list[LoanInShort]:
    """The running loans of a union on which something is owed, by the name of the member. A loan that was written off
    is none of them."""
    return rows_of(LoanInShort, connection.execute(_OF_UNION, {"union_id": union_id}))


def collectable_of_officer(connection: Connection, officer_id: UUID) -> list[LoanInShort]:
    """What `collectable_accounts` returns, of all unions of an officer."""
    return rows_of(LoanInShort, connection.execute(_OF_OFFICER, {"officer_id": officer_id}))


def claim_lines(
    connection: Connection, received_by: UUID, lines: Mapping[str, RecordedPayment], at: datetime
) -> set[str]:
    """Keep under each key the payment it stands for; returns the keys that nobody had used before.

    A key belongs to whoever received the money.
    """
    rows = [{"key": key} | asdict(line) for key, line in lines.items()]
    values = {"received_by": received_by, "at": at, "lines": json_rows(rows)}
    return set(connection.execute(_CLAIM, values).scalars())


def lines_of_keys(connection: Connection, received_by: UUID, keys: Collection[str]) -> dict[str, RecordedPayment]:
    """The payments that stand under these keys."""
    rows = connection.execute(_CLAIMED, {"p_received_by": received_by, "p_keys": list(keys)})
    return {row.key: RecordedPayment(row.repayment_id, row.loan_id, row.amount) for row in rows}


def release_lines(connection: Connection, received_by: UUID, keys: Collection[str]) -> None:
    """Forget lines that were not recorded after all, so that they can be sent again, corrected, under their keys."""
    connection.execute(_RELEASE, {"p_received_by": received_by, "p_keys": list(keys)})
