"""Counts of attempts, kept where every process sees them and no restart forgets them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from services.identity.domain.limits import Count
from services.identity.models import AttemptCount

_COLUMNS = (
    AttemptCount.key,
    AttemptCount.attempts,
    AttemptCount.since,
    AttemptCount.blocks,
    AttemptCount.last_at,
    AttemptCount.blocked_until,
)


def counts(connection: Connection, keys: Collection[str]) -> dict[str, Count]:
    """The counts there are under these keys."""
    rows = connection.execute(select(*_COLUMNS).where(AttemptCount.key.in_(keys))).all()
    return {row.key: _count(row) for row in rows}


def counts_for_update(connection: Connection, keys: Collection[str], *, at: datetime) -> dict[str, Count]:
    """The count under each of these keys, made when it is missing, and locked: of two attempts at once the second is
    judged by what the first has left."""
    fresh = [{"key": key, "attempts": 0, "since": at, "blocks": 0, "last_at": at} for key in sorted(keys)]
    connection.execute(insert(AttemptCount).values(fresh).on_conflict_do_nothing())
    query = select(*_COLUMNS).where(AttemptCount.key.in_(keys)).order_by(AttemptCount.key).with_for_update()
    return {row.key: _count(row) for row in connection.execute(query).all()}


def save_counts(connection: Connection, changed: Mapping[str, Count]) -> None:
    """Write counts that are locked."""
    rows = insert(AttemptCount).values([{"key": key, **asdict(count)} for key, count in sorted(changed.items())])
    written = {column.name: rows.excluded[column.name] for column in AttemptCount.__table__.c if column.name != "key"}
    connection.execute(rows.on_conflict_do_update(index_elements=["key"], set_=written))


def forget_counts(connection: Connection, keys: Collection[str]) -> None:
    """Begin anew under these keys."""
    connection.execute(delete(AttemptCount).where(AttemptCount.key.in_(keys)))


def _count(row: Row[tuple[str, int, datetime, int, datetime, datetime | None]]) -> Count:
    return Count(row.attempts, row.since, row.blocks, row.last_at, row.blocked_until)
