"""What identity puts into a backup."""

from sqlalchemy import Select

from services.identity.models import Base, CompanySetting, Note, SignIn, StaffSession, User
from shared.backup.contents import Contents, Option, Section, on_the_wire, public_files

# Neither the password's hash nor anything else that lets somebody in is in the section; it is in the table.
_USERS = on_the_wire(
    User, "id", "email", "first_name", "last_name", "phone", "address", "profile_image", "role", "supervisor_id",
    "is_active", "login_count", "last_login_at", "last_activity_at", "created_at", "updated_at", "deleted_at",
)  # fmt: skip
_SETTINGS = on_the_wire(
    CompanySetting, "id", "name", "email", "phone", "address", "currency", "currency_symbol", "date_format",
    "time_format", "timezone", "invoice_prefix", "expense_prefix", "logo", "login_logo", "favicon", "theme",
    "maintenance_mode", "maintenance_message", "created_at", "updated_at",
)  # fmt: skip
_SESSIONS = on_the_wire(
    StaffSession, "id", "user_id", "ip_address", "user_agent", "revoked_at",
    jwtId="id", issuedAt="issued_at", expiresAt="access_expires_at", createdAt="started_at",
)  # fmt: skip
_NOTES = on_the_wire(
    Note, "id", "user_id", "title", "content", "category", "is_private", "created_at", "updated_at",
    createdByUserId="created_by",
)  # fmt: skip


def _sign_ins() -> Select[tuple[object, ...]]:
    attempts = on_the_wire(
        SignIn, "id", "user_id", "ip_address", "user_agent",
        loginAt="happened_at", createdAt="happened_at", failureReason="failure",
    )  # fmt: skip
    return attempts.add_columns(SignIn.failure.is_(None).label("success"))


# Attempts, links and sign-ins under way are worth nothing in another moment, and must not come back.
_OF_THE_MOMENT = (
    "admin_lock", "attempt_count", "external_sign_in", "one_time_link", "recovery_request", "request_count", "spent_id",
)  # fmt: skip

CONTENTS = Contents(
    service="identity",
    metadata=[Base.metadata],
    sections=[
        Section("companySettings", _SETTINGS),
        Section("users", _USERS),
        Section("staffSessions", _SESSIONS, Option.SESSIONS),
        Section("userLoginHistory", _sign_ins()),
        Section("userNotes", _NOTES),
    ],
    left_out=frozenset(_OF_THE_MOMENT),
    when_asked={Option.SESSIONS: frozenset({"staff_session"})},
    files=[public_files(User, "profile_image"), public_files(CompanySetting, "logo", "login_logo", "favicon")],
)
