"""Exact counts that cost the same for a small book and a large one.

A change of what is counted writes its difference as a row; readers add up the few rows of a key; a timer folds the rows
of each key into one. Writers never touch a row of another, so counting makes no lock and no deadlock.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Identity,
    Index,
    Integer,
    MetaData,
    ScalarSelect,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
)

from shared.postgres.recordset import json_rows, recordset_statement

metadata = MetaData()

tally = Table(
    "tally",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("difference", Integer, nullable=False),
)
Index("tally_key_idx", tally.c.subject, tally.c.owner_id, tally.c.kind, tally.c.difference)

EVERYBODY = UUID(int=0)
"""Owner of the counts over the whole institution."""

_ADD = recordset_statement(
    "INSERT INTO tally (subject, owner_id, kind, difference) SELECT * FROM {changes}",
    changes="subject text, owner_id uuid, kind text, difference integer",
)
_TOTAL = select(func.coalesce(func.sum(tally.c.difference), 0)).where(
    tally.c.subject == bindparam("subject"),
    tally.c.owner_id == func.any(bindparam("owners", type_=ARRAY(Uuid))),
)
_TOTAL_OF_KINDS = _TOTAL.where(tally.c.kind == func.any(bindparam("kinds", type_=ARRAY(Text))))
_BY_OWNER = (
    select(tally.c.owner_id, func.sum(tally.c.difference))
    .where(
        tally.c.subject == bindparam("subject"), tally.c.owner_id == func.any(bindparam("owners", type_=ARRAY(Uuid)))
    )
    .group_by(tally.c.owner_id)
)
_COMPACT = text(
    """
    WITH crowded AS (
        SELECT subject, owner_id, kind FROM tally GROUP BY subject, owner_id, kind HAVING count(*) > :most LIMIT 500
    ), taken AS (
        DELETE FROM tally USING (
            SELECT seq FROM tally JOIN crowded USING (subject, owner_id, kind) FOR UPDATE OF tally SKIP LOCKED
        ) AS old WHERE tally.seq = old.seq
        RETURNING tally.subject, tally.owner_id, tally.kind, tally.difference
    )
    INSERT INTO tally (subject, owner_id, kind, difference)
    SELECT subject, owner_id, kind, sum(difference) FROM taken GROUP BY subject, owner_id, kind
    """
)


def add(connection: Connection, subject: str, changes: Mapping[tuple[UUID, str], int]) -> None:
    """Count what changed: {(owner, kind): difference}; use EVERYBODY beside the owner for the institution's total."""
    add_all(connection, {(subject, owner, kind): difference for (owner, kind), difference in changes.items()})


def add_all(connection: Connection, changes: Mapping[tuple[str, UUID, str], int]) -> None:
    """Count what changed of several subjects: {(subject, owner, kind): difference}."""
    rows = [
        {"subject": subject, "owner_id": owner, "kind": kind, "difference": difference}
        for (subject, owner, kind), difference in changes.items()
        if difference
    ]
    if rows:
        connection.execute(_ADD, {"changes": json_rows(rows)})


def total(connection: Connection, subject: str, owners: Sequence[UUID], kinds: Sequence[str] | None = None) -> int:
    """How many there are of these owners, of these kinds or of any."""
    if kinds is None:
        return int(connection.execute(_TOTAL, {"subject": subject, "owners": owners}).scalar_one())
    return int(connection.execute(_TOTAL_OF_KINDS, {"subject": subject, "owners": owners, "kinds": kinds}).scalar_one())


def by_owner(connection: Connection, subject: str, owners: Sequence[UUID]) -> dict[UUID, int]:
    """How many each of these owners has; owners without any are left out."""
    rows = connection.execute(_BY_OWNER, {"subject": subject, "owners": owners})
    return {owner: int(count) for owner, count in rows}


def counted(subject: str, *owners: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many there are of a subject, as a part of a statement, of the owners that meet the conditions on `tally`."""
    return (
        select(func.coalesce(func.sum(tally.c.difference), 0))
        .where(tally.c.subject == subject, *owners)
        .scalar_subquery()
    )


def compact(connection: Connection, most: int = 8) -> None:
    """Fold the rows of each key that has more than `most` into one."""
    connection.execute(_COMPACT, {"most": most})
