"""Publishing staff, settings and ended sessions anew."""

from datetime import datetime
from uuid import UUID

from services.identity.events import SessionRevoked, SettingsUpdated, UserDeleted, UserRestated
from services.identity.models import User
from services.identity.queries import sessions
from services.identity.queries.accounts import users_by_id
from services.identity.queries.institution import current_settings, settings_for_update
from services.identity.shapes import PublishedSettings
from services.identity.steps.sessions import revoke
from shared import epochs
from shared.clock import now
from shared.db import UnitOfWork
from shared.restatement import BATCH, Batch, Kind, batch_of, raise_versions

RESTORED = "data-restored"


def publish_staff(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next accounts, those that were deleted as deleted."""
    former = raise_versions(uow.connection, User.__table__, after, floor)
    for user in users_by_id(uow.session, former):
        if user.deleted_at:
            uow.publish(UserDeleted.of(user))
        else:
            uow.publish(UserRestated.of(user, former_version=former[user.id]))
    return batch_of(former)


def publish_settings(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the settings of the institution."""
    row = settings_for_update(uow.session)
    if row.version < floor:
        row.version = floor + row.version % epochs.STEP
        uow.session.flush()
    current = current_settings(uow.connection)
    uow.publish(SettingsUpdated.of(current.version, PublishedSettings.of(current)))
    return Batch(1, None)


def publish_ended_sessions(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next sessions that ended while an access token of theirs may be alive."""
    ended = sessions.ended_sessions(uow.session, after=after, limit=BATCH, at=now())
    for session in ended:
        uow.publish(SessionRevoked.of(session, reason=session.revoked_reason or RESTORED))
    return Batch(len(ended), ended[-1].id if len(ended) == BATCH else None)


def end_sessions(uow: UnitOfWork, at: datetime) -> None:
    """End every session: which of them had ended since is not known any more."""
    revoke(uow, sessions.all_live_sessions(uow.session, at=at), reason=RESTORED, at=at)


KINDS = (
    Kind("settings", publish_settings),
    Kind("staff", publish_staff),
    Kind("ended sessions", publish_ended_sessions),
)
