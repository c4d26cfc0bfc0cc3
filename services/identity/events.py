"""What identity publishes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypedDict, cast
from uuid import UUID

from services.identity.domain.institution import SETTINGS_ID
from services.identity.domain.recovery import LinkPurpose
from services.identity.models import StaffSession, User
from shared import audit, restatement
from shared.backup import events as backup
from shared.context import Role
from shared.ids import new_id
from shared.messaging.events import ADDED, Event, of_service, one_of, values_of
from shared.restore import events as restore

WITHOUT_SECRETS = "What was changed, in the words of the wire, without any secret."
Limit = Annotated[int, {"minimum": 0}]


@dataclass(frozen=True)
class UserEvent(Event):
    """A member of staff as they are after the change."""

    user_id: UUID
    email: Annotated[str, {"format": "email"}]
    first_name: str | None
    last_name: str | None
    phone: str | None
    address: str | None
    role: Role
    supervisor_id: Annotated[
        UUID | None, "Who supervises this person; the supervisor sees the unions this person manages."
    ]
    is_active: Annotated[bool, "Whether this person may act; none of its sessions is alive when not."]
    profile_image: str | None
    created_at: datetime
    created_by: Annotated[
        UUID | None,
        ADDED,
        "Who made the account, the admin where one acted as somebody else; null for the first admin, and where it was "
        "not written down.",
    ]
    password_set_by: Annotated[
        UUID | None,
        ADDED,
        "Who last gave the account a password that its owner had not chosen, or the address its links go to.",
    ]
    password_set_at: Annotated[datetime | None, ADDED]

    @classmethod
    def of(cls, user: User, **more: Any) -> Self:
        """The event about an account as it stands now."""
        return cls.about(user, user_id=user.id, **more)


class UserCreated(UserEvent):
    """A member of staff was taken in."""

    type = "identity.user.created.v1"


class UserUpdated(UserEvent):
    """Something about a member of staff changed; carries all of it, as it is now."""

    type = "identity.user.updated.v1"


@dataclass(frozen=True)
class UserRestated(UserEvent):
    """A member of staff as they are; nothing changed, it is published again."""

    type = "identity.user.restated.v1"

    former_version: restatement.FormerVersion


class UserDeleted(UserEvent):
    """A member of staff was removed; carries the account as it was last."""

    type = "identity.user.deleted.v1"


@dataclass(frozen=True)
class SessionStarted(Event):
    """Somebody signed in."""

    type = "identity.session.started.v1"

    session_id: UUID
    user_id: UUID
    started_at: datetime
    expires_at: Annotated[datetime, "When the access token expires."]
    login_count: Annotated[int, {"minimum": 1}, "How often this person has signed in, this time included."]

    @classmethod
    def of(cls, session: StaffSession, *, login_count: int) -> Self:
        """The event about a new session, the `login_count`-th of its person."""
        expires_at = session.access_expires_at
        return cls.about(session, version=1, session_id=session.id, expires_at=expires_at, login_count=login_count)


@dataclass(frozen=True)
class SessionRevoked(Event):
    """No token of this session is good any more."""

    type = "identity.session.revoked.v1"

    session_id: UUID
    user_id: UUID
    expires_at: Annotated[
        datetime,
        "When its last access token would have expired anyway; nobody needs to remember the revocation longer.",
    ]
    reason: Annotated[
        str,
        one_of(
            "signed-out", "too-many-sessions", "refresh-token-reused", "account-changed", "account-deleted",
            "password-changed", "revoked-by-user", "timed-out", "data-restored",
        ),
    ]  # fmt: skip

    @classmethod
    def of(cls, session: StaffSession, *, reason: str) -> Self:
        """The event about a session that ended for this reason."""
        expires_at = session.access_expires_at
        return cls.about(session, version=2, session_id=session.id, expires_at=expires_at, reason=reason)


class NotificationSettings(TypedDict):
    emailNotifications: bool
    smsNotifications: bool
    pushNotifications: bool


class InstitutionSettings(TypedDict):
    """In the words of the wire, as followers keep and show them."""

    id: Literal["default"]
    name: str
    email: str
    phone: str | None
    address: str | None
    currency: str
    currencySymbol: str
    dateFormat: str
    timeFormat: str
    timezone: str
    invoicePrefix: str
    expensePrefix: str
    logo: str | None
    loginLogo: str | None
    favicon: str | None
    theme: dict[str, Any] | None
    maintenanceMode: Annotated[bool, "Nobody but admins is served while this is true."]
    maintenanceMessage: str | None
    systemName: str
    systemVersion: str
    allowRegistration: bool
    sessionTimeout: Annotated[Limit, "In hours; 0 means as long as the tokens live by themselves."]
    maxLoginAttempts: Limit
    passwordMinLength: Limit
    requirePasswordChange: bool
    allowRepaymentReversal: Annotated[bool, "Whether an admin may reverse a repayment."]
    passwordsByCreator: Annotated[bool, ADDED, "Whether who makes an account may choose its password."]
    separationDays: Annotated[
        Limit,
        ADDED,
        "How long nobody decides on the loans of an officer whose account they made or whose password they set; "
        "0 for never.",
    ]
    fourEyes: Annotated[
        bool, ADDED, "Whether a loan above the amount is made, approved and disbursed by three different people."
    ]
    fourEyesAmount: Annotated[str, {"pattern": "^[0-9]+\\.[0-9]{2}$"}, ADDED]
    idleTimeout: Annotated[Limit, ADDED, "In hours; 0 means that no session ends for want of a sign of life."]
    printedLogo: Annotated[str | None, ADDED, "The logo as it is printed: a small PNG, in base64."]
    backupFrequency: str
    logRetentionDays: Limit
    maxFileSize: Annotated[Limit, "In megabytes."]
    allowedFileTypes: list[str]
    notificationSettings: NotificationSettings
    createdAt: Annotated[str, {"format": "date-time"}]
    updatedAt: Annotated[str, {"format": "date-time"}]


@dataclass(frozen=True)
class SettingsUpdated(Event):
    """Settings of the institution changed. Carries all of them as they are now, in the words of the web client; those
    of the mail server, which hold a secret, are never among them. Counted over all settings together."""

    type = "identity.settings.updated.v1"

    settings: InstitutionSettings

    @classmethod
    def of(cls, version: int, settings: dict[str, Any]) -> Self:
        """The event about the settings, as they are shown, by this version."""
        return cls(aggregate_id=SETTINGS_ID, version=version, settings=cast(InstitutionSettings, settings))


@dataclass(frozen=True)
class AuditRecorded(audit.Recorded):
    """Somebody signed in or out, or changed an account, a note or the settings: one entry of the audit trail."""

    type = "identity.audit.recorded.v1"

    actor_role: Annotated[str | None, values_of(Role)]
    action: Annotated[
        str,
        one_of(
            "USER_CREATED", "USER_UPDATED", "USER_LOGIN", "USER_LOGOUT", "SESSION_REVOKED", "USER_DELETED",
            "BULK_USER_OPERATION", "USERS_IMPORTED", "USER_IMPERSONATED", "PASSWORD_CHANGED", "PASSWORD_RESET",
            "NOTE_CREATED", "NOTE_UPDATED", "NOTE_DELETED", "COMPANY_SETTINGS_UPDATED", "GENERAL_SETTINGS_UPDATED",
            "SECURITY_SETTINGS_UPDATED", "SYSTEM_SETTINGS_UPDATED", "MAINTENANCE_ENABLED", "MAINTENANCE_DISABLED",
            "FILE_UPLOADED", "USER_INVITED", "USERS_EXPORTED", *audit.ACTIONS_ON_EVENTS,
        ),
    ]  # fmt: skip
    entity_name: Annotated[str, one_of("User", "UserNote", "Settings", *audit.ENTITIES_OF_EVENTS)]
    before: Annotated[dict[str, Any] | None, WITHOUT_SECRETS]
    after: Annotated[dict[str, Any] | None, WITHOUT_SECRETS]
    metadata: Annotated[dict[str, Any], "The request, and what else explains the change."]


@dataclass(frozen=True)
class _OfAccount(Event):
    """Something that the owner of an account is to hear of, each time as an aggregate of its own."""

    user_id: UUID

    @classmethod
    def of(cls, user: User, **facts: Any) -> Self:
        return cls(new_id(), 1, user.id, **facts)


@dataclass(frozen=True)
class AccountOpened(_OfAccount):
    """Somebody has an account now and may not know of it yet."""

    type = "identity.account.opened.v1"

    sign_in_url: Annotated[str, "Where they sign in."]


@dataclass(frozen=True)
class RecoveryRequested(_OfAccount):
    """The owner of an account asked for a link, or is invited by one. No subscriber outside gets this event."""

    type = "identity.recovery.requested.v1"

    purpose: Annotated[str, values_of(LinkPurpose)]
    sealed_link: Annotated[str, "The link, encrypted with a key that only identity and notifications have."]
    expires_at: Annotated[datetime, "From then on the link is worth nothing."]


@dataclass(frozen=True)
class PasswordChanged(_OfAccount):
    """An account has another password."""

    type = "identity.password.changed.v1"


@dataclass(frozen=True)
class SignInBlocked(_OfAccount):
    """So many attempts to sign in to an account failed that further ones have to wait."""

    type = "identity.sign_in.blocked.v1"


@dataclass(frozen=True)
class SignedInByLink(_OfAccount):
    """Somebody signed in by a mailed link."""

    type = "identity.sign_in.made_by_link.v1"

    signed_in_at: datetime
    ip_address: str | None


@dataclass(frozen=True)
class SecurityChanged(Event):
    """Settings were changed that keep one person from doing everything alone."""

    type = "identity.security.changed.v1"

    changed_settings: Annotated[list[str], "The names of the settings."]
    changed_at: datetime


AS_OTHERS = tuple(
    of_service(event, "identity") for event in (*backup.OF_PARTS, *restore.OF_STEPS, *restatement.OF_OWNERS)
)
"""What this service publishes as others do."""
