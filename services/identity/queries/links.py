"""Requests for links, and the links that were mailed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.orm import Session

from services.identity.domain.recovery import LinkPurpose
from services.identity.models import OneTimeLink, RecoveryRequest, User


def next_request(session: Session) -> RecoveryRequest | None:
    """The oldest request that no other worker is at, locked."""
    query = select(RecoveryRequest).order_by(RecoveryRequest.requested_at, RecoveryRequest.id).limit(1)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def usable_link(
    connection: Connection, digest: str, purposes: Collection[LinkPurpose], *, at: datetime
) -> Row[tuple[UUID, UUID, str, str, str, str]] | None:
    """The link (its id, `made_for`, `purpose`) with its account (`user_id`, `email`, `password_hash`), when both are
    good."""
    columns = (OneTimeLink.id, OneTimeLink.user_id, OneTimeLink.made_for, OneTimeLink.purpose)
    query = (
        select(*columns, User.email, User.password_hash)
        .join(User, User.id == OneTimeLink.user_id)
        .where(OneTimeLink.digest == digest, OneTimeLink.purpose.in_([purpose.value for purpose in purposes]))
        .where(User.deleted_at.is_(None))
        .where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > at)
    )
    return connection.execute(query).one_or_none()


def spend_link(connection: Connection, link_id: UUID, *, at: datetime) -> bool:
    """Use up a link; False for all but the first of those who try, and when it has expired."""
    spent = update(OneTimeLink).where(
        OneTimeLink.id == link_id, OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > at
    )
    return connection.execute(spent.values(used_at=at).returning(OneTimeLink.id)).first() is not None


def void_links(connection: Connection, user_id: UUID, purpose: LinkPurpose, *, at: datetime) -> None:
    """Make the links that somebody was sent before worthless."""
    sent_before = update(OneTimeLink).where(
        OneTimeLink.user_id == user_id, OneTimeLink.purpose == purpose.value, OneTimeLink.used_at.is_(None)
    )
    connection.execute(sent_before.values(used_at=at))
