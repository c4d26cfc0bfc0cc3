"""Requests for links, and the links that were mailed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.orm import Session

from services.identity.domain.recovery import LinkPurpose
from services.identity.models import OneTimeLink, RecoveryRequest, User


def next_request(session: Session) -> RecoveryRequest | None:
    """The oldest request that no other worker is at, locked."""
    query = select(RecoveryRequest).order_by(RecoveryRequest.requested_at, RecoveryRequest.id).limit(1)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


class UsableLink(NamedTuple):
    """A link that can be used, with the account it is of."""

    id: UUID
    user_id: UUID
    made_for: str
    purpose: str
    email: str
    password_hash: str


def was_made_lately(connection: Connection, user_id: UUID, purpose: LinkPurpose, *, within: timedelta) -> bool:
    """Whether a link was made for somebody lately.

    Two who ask at once are answered one after the other: the second when the first has committed.
    """
    key = func.hashtextextended(f"link {purpose.value} {user_id}", 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))
    lately = OneTimeLink.created_at > func.now() - within
    recent = select(OneTimeLink.id).where(OneTimeLink.user_id == user_id, OneTimeLink.purpose == purpose.value, lately)
    return bool(connection.execute(select(recent.exists())).scalar_one())


def usable_link(
    connection: Connection, digest: str, purposes: Collection[LinkPurpose], *, at: datetime
) -> UsableLink | None:
    """The link with this digest and one of these purposes, when link and account are good."""
    columns = (OneTimeLink.id, OneTimeLink.user_id, OneTimeLink.made_for, OneTimeLink.purpose)
    query = (
        select(*columns, User.email, User.password_hash)
        .join(User, User.id == OneTimeLink.user_id)
        .where(OneTimeLink.digest == digest, OneTimeLink.purpose.in_([purpose.value for purpose in purposes]))
        .where(User.deleted_at.is_(None))
        .where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > at)
    )
    row = connection.execute(query).one_or_none()
    return UsableLink(*row) if row else None


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
