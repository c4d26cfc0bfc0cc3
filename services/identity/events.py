"""What identity tells the others."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from services.identity.domain.institution import SETTINGS_ID
from services.identity.models import StaffSession, User
from shared.context import Role
from shared.messaging.events import Event


@dataclass(frozen=True)
class UserCreated(Event):
    """A member of staff was taken in."""

    type = "identity.user.created.v1"

    user_id: UUID
    email: str
    first_name: str | None
    last_name: str | None
    phone: str | None
    address: str | None
    role: Role
    supervisor_id: UUID | None
    is_active: bool
    profile_image: str | None
    created_at: datetime
    created_by: UUID | None
    password_set_by: UUID | None
    password_set_at: datetime | None

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            aggregate_id=user.id,
            version=user.version,
            user_id=user.id,
            email=user.email,
            first_name=user.first_name,
            last_name=user.last_name,
            phone=user.phone,
            address=user.address,
            role=user.role,
            supervisor_id=user.supervisor_id,
            is_active=user.is_active,
            profile_image=user.profile_image,
            created_at=user.created_at,
            created_by=user.created_by,
            password_set_by=user.password_set_by,
            password_set_at=user.password_set_at,
        )


@dataclass(frozen=True)
class UserUpdated(UserCreated):
    """Something about a member of staff changed; carries all of it, as it is now."""

    type = "identity.user.updated.v1"


@dataclass(frozen=True)
class UserDeleted(UserCreated):
    """A member of staff was removed; carries the account as it was last."""

    type = "identity.user.deleted.v1"


@dataclass(frozen=True)
class SessionStarted(Event):
    """Somebody signed in, for the `login_count`-th time."""

    type = "identity.session.started.v1"

    session_id: UUID
    user_id: UUID
    started_at: datetime
    expires_at: datetime
    login_count: int

    @classmethod
    def of(cls, session: StaffSession, *, login_count: int) -> Self:
        return cls(
            aggregate_id=session.id,
            version=1,
            session_id=session.id,
            user_id=session.user_id,
            started_at=session.started_at,
            expires_at=session.access_expires_at,
            login_count=login_count,
        )


@dataclass(frozen=True)
class SessionRevoked(Event):
    """No token of this session is good any more; after `expires_at` none would be anyway."""

    type = "identity.session.revoked.v1"

    session_id: UUID
    user_id: UUID
    expires_at: datetime
    reason: str

    @classmethod
    def of(cls, session: StaffSession, *, reason: str) -> Self:
        return cls(
            aggregate_id=session.id,
            version=2,
            session_id=session.id,
            user_id=session.user_id,
            expires_at=session.access_expires_at,
            reason=reason,
        )


@dataclass(frozen=True)
class SettingsUpdated(Event):
    """Settings of the institution changed; carries all of them but those of the mail server, as they are now."""

    type = "identity.settings.updated.v1"

    settings: dict[str, Any]

    @classmethod
    def of(cls, version: int, settings: dict[str, Any]) -> Self:
        return cls(aggregate_id=SETTINGS_ID, version=version, settings=settings)
