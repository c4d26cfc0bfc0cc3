"""Reads and writes of the chain of the audit trail: batches that come in, their links, and where it ends."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Select, func, select, text, update

from services.reporting.domain.chain import Batch, Entry, Link, Linked
from services.reporting.models.base import NOBODY
from services.reporting.models.trail import audit_chain, audit_entries, audit_intake, audit_links
from shared.postgres.recordset import ids_text, json_rows, recordset_statement

_FIELDS = tuple(field.name for field in fields(Entry))
_IN_BATCH = ", ".join(column.name for column in audit_entries.columns if column.name != "batch")

_TAKE_IN = recordset_statement(
    f"""
    WITH taken_in AS (
        INSERT INTO audit_intake (entries, hash) VALUES (:entries, CAST(CAST(:hash AS text) AS bytea)) RETURNING batch
    )
    INSERT INTO audit_entries (batch, {_IN_BATCH})
    SELECT taken_in.batch, {", ".join(f"rows.{name}" for name in _IN_BATCH.split(", "))} FROM taken_in, {{rows}}
    """,  # noqa: S608 - put together of constants; values are parameters
    rows=audit_entries,
)
_LINK = recordset_statement(
    """
    WITH linked AS MATERIALIZED (SELECT * FROM {rows}),
        appended AS (INSERT INTO audit_links SELECT * FROM linked),
        removed AS (DELETE FROM audit_intake USING linked WHERE audit_intake.batch = linked.batch),
        moved AS (
            UPDATE audit_chain SET sequence = last.sequence, hash = last.hash, key_id = last.key_id
            FROM (SELECT sequence, hash, key_id FROM linked ORDER BY sequence DESC LIMIT 1) AS last
        )
    INSERT INTO audit_counts
    SELECT coalesce(actor_id, CAST(:nobody AS uuid)), entity_name, action, count(*) FROM audit_entries
     WHERE batch = ANY(ARRAY(SELECT batch FROM linked)) GROUP BY 1, 2, 3
    ON CONFLICT (actor_id, entity_name, action) DO UPDATE SET entries = audit_counts.entries + excluded.entries
    """,
    rows=audit_links,
)
_EXISTING_IDS = text("SELECT id FROM audit_entries WHERE id = ANY(CAST(CAST(:ids AS text) AS uuid[]))")
_UNLINKED = text(
    """
    SELECT DISTINCT batch FROM audit_entries
     WHERE batch > 0 AND NOT EXISTS (SELECT FROM audit_links WHERE audit_links.batch = audit_entries.batch)
     ORDER BY batch
    """
)


def existing_ids(connection: Connection, entry_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these entries are in the trail already."""
    return set(connection.execute(_EXISTING_IDS, {"ids": ids_text(entry_ids)}).scalars())


def take_in(connection: Connection, entries: Sequence[Linked]) -> None:
    """Write the entries of a batch, and note that it waits for its link."""
    last, _ = entries[-1]
    rows = json_rows(_entry_values(link, entry) for link, entry in entries)
    connection.execute(_TAKE_IN, {"entries": last.sequence, "hash": _hexadecimal(last.hash), "rows": rows})


def batches_without_link(connection: Connection, *, limit: int | None = None) -> list[Batch]:
    """The batches that wait for their links, those first that came first."""
    query = select(audit_intake.c.batch, audit_intake.c.entries, audit_intake.c.hash).order_by(audit_intake.c.batch)
    return [Batch(*row) for row in connection.execute(query.limit(limit))]


def append_links(connection: Connection, links: Sequence[tuple[Link, Batch]]) -> None:
    """Write links at the end of the chain, move the end, and count the entries. Under the lock of the chain."""
    rows = json_rows(_link_values(link, batch) for link, batch in links)
    connection.execute(_LINK, {"rows": rows, "nobody": NOBODY})


def chain_end(connection: Connection) -> Link:
    """Where the chain ends."""
    row = connection.execute(select(audit_chain.c.sequence, audit_chain.c.hash, audit_chain.c.key_id)).one()
    return Link(row.sequence, row.hash, row.key_id)


def published_end(connection: Connection) -> tuple[Link, datetime | None, int]:
    """Where the chain ends, and when and with which number its end was last published."""
    row = connection.execute(select(audit_chain)).one()
    return Link(row.sequence, row.hash, row.key_id), row.published_at, row.published_sequence


def note_published(connection: Connection, end: Link, at: datetime) -> None:
    """Keep that this end was published."""
    connection.execute(update(audit_chain).values(published_at=at, published_sequence=end.sequence))


def entries_before_batches(connection: Connection, sequence: int, *, limit: int) -> list[Linked]:
    """The next entries of the stretch from before there were batches, in order."""
    query = _entries().where(audit_entries.c.batch == 0, audit_entries.c.sequence > sequence).limit(limit)
    return [_linked(row) for row in connection.execute(query).mappings()]


def links_after(connection: Connection, sequence: int, *, limit: int) -> list[tuple[Link, Batch]]:
    """The next links of the chain with their batches, in order."""
    columns = audit_links.c
    query = (
        select(columns.sequence, columns.hash, columns.key_id, columns.batch, columns.entries, columns.batch_hash)
        .where(columns.sequence > sequence)
        .order_by(columns.sequence)
        .limit(limit)
    )
    return [(Link(*row[:3]), Batch(*row[3:])) for row in connection.execute(query)]


def entries_of(connection: Connection, batches: Collection[int]) -> dict[int, list[Linked]]:
    """The entries of these batches, by batch and in order."""
    query = _entries().where(audit_entries.c.batch == func.any(list(batches)))
    rows = connection.execute(query).mappings()
    return {batch: [_linked(row) for row in group] for batch, group in groupby(rows, key=lambda row: row["batch"])}


def unlinked(connection: Connection) -> list[int]:
    """The batches that have entries and no link, whether or not they wait for one."""
    return list(connection.execute(_UNLINKED).scalars())


def _entries() -> Select[Any]:
    return select(audit_entries).order_by(audit_entries.c.batch, audit_entries.c.sequence)


def _linked(row: RowMapping) -> Linked:
    return Link(row["sequence"], row["hash"], row["key_id"]), Entry(**{name: row[name] for name in _FIELDS})


def _entry_values(link: Link, entry: Entry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in _FIELDS}
    return values | {"sequence": link.sequence, "hash": _hexadecimal(link.hash), "key_id": link.key_id}


def _link_values(link: Link, batch: Batch) -> dict[str, Any]:
    return {
        "sequence": link.sequence,
        "batch": batch.number,
        "entries": batch.entries,
        "batch_hash": _hexadecimal(batch.hash),
        "hash": _hexadecimal(link.hash),
        "key_id": link.key_id,
    }


def _hexadecimal(value: bytes) -> str:
    return f"\\x{value.hex()}"
