"""Leaving anchors of the audit trail outside the database: in a file, and with people who are mailed."""

from datetime import datetime, timedelta
from pathlib import Path

from services.reporting.domain.anchor import Anchor
from services.reporting.domain.chain import Key
from services.reporting.events import TrailAnchored
from services.reporting.queries import anchor_file, chain
from services.reporting.queries.lock import lock_chain
from shared.db import Sessions, UnitOfWork


def write_anchor(sessions: Sessions, path: Path, key: Key, at: datetime) -> bool:
    """Append the end of the trail to the file; whether it has moved since the last line."""
    with sessions() as session:
        end = chain.chain_end(session.connection())
    return bool(end.sequence) and anchor_file.append(path, Anchor.of(end, at=at, key=key))


def publish_anchor(uow: UnitOfWork, key: Key, at: datetime, *, every: timedelta) -> bool:
    """Publish the end of the trail, unless that was done less than `every` ago or it has not moved; whether it was."""
    lock_chain(uow.connection)
    end, published_at, published_sequence = chain.published_end(uow.connection)
    if end.sequence == published_sequence or (published_at is not None and at - published_at < every):
        return False
    uow.publish(TrailAnchored.of(Anchor.of(end, at=at, key=key)))
    chain.note_published(uow.connection, end, at)
    return True
