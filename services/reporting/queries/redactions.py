"""Reads and writes of what is taken out of the audit trail when a member is erased."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, exists, func, or_, select, text, tuple_

from services.reporting.domain.chain import Entry, Link, Linked, Redaction, Redactions
from services.reporting.models.portfolio import portfolio_loans, repayments
from services.reporting.models.trail import audit_entries, audit_redactions
from shared.erasure.redaction import ERASURE

Place = tuple[int, int]
"""The number of a batch, and that of an entry in it."""

_FIELDS = tuple(field.name for field in fields(Entry))
_PLACE = (audit_entries.c.batch, audit_entries.c.sequence)
_TEXTS = (audit_entries.c.before, audit_entries.c.after, audit_entries.c.metadata)
_REDACT = text(
    """
    SELECT redact_entry(:batch, :sequence, CAST(:before AS text), CAST(:after AS text), CAST(:metadata AS text),
                        CAST(:member_id AS uuid), CAST(:seal AS bytea), :key_id)
    """
)
_WITHOUT_REASON = text(
    """
    SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM audit_entries WHERE entity_id = CAST(member_id AS text) AND action = :erasure
    )) FROM audit_redactions
    """
)


def redactions_of(connection: Connection, batches: Collection[int]) -> Redactions:
    """Of which entries of these batches text was taken out."""
    columns = [audit_redactions.c[field.name] for field in fields(Redaction)]
    query = select(*columns).where(audit_redactions.c.batch == func.any(list(batches)))
    return {(row.batch, row.sequence): Redaction(*row) for row in connection.execute(query)}


def count_redactions(connection: Connection) -> tuple[int, int]:
    """Of how many entries text was taken out, and of how many of these for a member of whom no entry says that they
    were erased."""
    number, unexplained = connection.execute(_WITHOUT_REASON, {"erasure": ERASURE}).one()
    return int(number), int(unexplained)


def is_erasure_recorded(connection: Connection, member_id: UUID) -> bool:
    """Whether an entry says that the member was erased."""
    theirs = (audit_entries.c.entity_id == str(member_id)) & (audit_entries.c.action == ERASURE)
    return connection.execute(select(exists().where(theirs))).scalar_one()


def things_of_member(connection: Connection, member_id: UUID) -> list[UUID]:
    """The loans of a member, and the payments on them."""
    loans = select(portfolio_loans.c.id).where(portfolio_loans.c.member_id == member_id)
    paid = select(repayments.c.id).where(repayments.c.loan_id.in_(loans))
    return list(connection.execute(loans.union_all(paid)).scalars())


def end_of_part(connection: Connection, place: Place, *, entries: int) -> Place | None:
    """The place of the last of so many entries behind a place; None where there is none."""
    part = select(*_PLACE).where(tuple_(*_PLACE) > place).order_by(*_PLACE).limit(entries).subquery()
    row = connection.execute(select(part).order_by(part.c.batch.desc(), part.c.sequence.desc()).limit(1)).one_or_none()
    return (row.batch, row.sequence) if row else None


def entries_that_name(
    connection: Connection, patterns: Sequence[str], ids: Collection[str], *, behind: Place, until: Place
) -> list[tuple[int, Linked]]:
    """The entries between two places that are about one of these things or have text like one of the patterns, each
    with the number of its batch."""
    named = or_(audit_entries.c.entity_id.in_(ids), *(one.like(func.any(list(patterns))) for one in _TEXTS))
    query = select(audit_entries).where(tuple_(*_PLACE) > behind, tuple_(*_PLACE) <= until, named)
    return [(row.batch, _linked(row)) for row in connection.execute(query).all()]


def redact(connection: Connection, entry: Entry, redaction: Redaction) -> None:
    """Leave only this of an entry. The database refuses it where text was put in, or no entry says that the member was
    erased."""
    texts = {name: getattr(entry, name) for name in ("before", "after", "metadata")}
    values = {field.name: getattr(redaction, field.name) for field in fields(redaction)}
    connection.execute(_REDACT, texts | values)


def _linked(row: Row[Any]) -> Linked:
    return Link(row.sequence, row.hash, row.key_id), Entry(**{name: getattr(row, name) for name in _FIELDS})
