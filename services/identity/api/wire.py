"""Answers as the web client reads them, written by hand because lists of them are long."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.identity.domain.proof import Method
from services.identity.domain.token import Purpose, token_id
from services.identity.models import User
from shared.wire import PublicFile, timestamp

Json = dict[str, Any]


def profile(row: Row[Any]) -> Json:
    """Somebody's own account."""
    return {
        "id": str(row.id),
        "email": row.email,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "phone": row.phone,
        "address": row.address,
        "profileImage": PublicFile.url(row.profile_image),
        "role": row.role.value,
        "isActive": row.is_active,
        "supervisorId": str(row.supervisor_id) if row.supervisor_id else None,
        "supervisor": _supervisor(row),
        "createdAt": timestamp(row.created_at),
        "updatedAt": timestamp(row.updated_at),
    }


def own_profile(row: Row[Any]) -> Json:
    """Somebody's own account, with who acts in it when that is somebody else."""
    profile_of = profile(row)
    if row.impersonator_id:
        profile_of["impersonatedBy"] = {"id": str(row.impersonator_id), "email": row.impersonator_email}
    if row.must_change_password:
        profile_of["passwordChangeRequired"] = True
    return profile_of


def user_row(row: Row[Any]) -> Json:
    """An account as administrators see it."""
    return profile(row) | {
        "loginCount": row.login_count,
        "lastLoginAt": timestamp(row.last_login_at),
        "lastActivityAt": timestamp(row.last_activity_at),
    }


def exported_user(row: Row[Any]) -> Json:
    """An account as it is exported: what it is, and not how often it is used."""
    shown = user_row(row)
    del shown["loginCount"]
    return shown


def user_ref(row: Row[Any] | User) -> Json:
    """Who somebody is."""
    return {"id": str(row.id), "email": row.email, "firstName": row.first_name, "lastName": row.last_name}


def staff_ref(user: User) -> Json:
    """Who somebody is, and what."""
    return user_ref(user) | {"role": user.role.value}


def own_session(row: Row[Any], current: UUID) -> Json:
    """One of somebody's own sessions; of its token no more than tells it from others."""
    return {
        "id": str(row.id),
        "jwtId": token_id(row.id, Purpose.ACCESS, row.rotation)[:8],
        "ipAddress": row.ip_address,
        "userAgent": row.user_agent,
        "method": row.method,
        "createdAt": timestamp(row.started_at),
        "expiresAt": timestamp(row.access_expires_at),
        "isCurrent": row.id == current,
    }


def sign_in(row: Row[Any]) -> Json:
    """One line of the sign-in history; the web client reads the time from `timestamp` and prints `description`."""
    happened_at = timestamp(row.happened_at)
    return {
        "id": str(row.id),
        "userId": str(row.user_id),
        "loginAt": happened_at,
        "timestamp": happened_at,
        "createdAt": happened_at,
        "ipAddress": row.ip_address,
        "userAgent": row.user_agent,
        "success": row.failure is None,
        "failureReason": row.failure,
        "method": row.method,
        "description": f"Sign-in failed: {row.failure}" if row.failure else _signed_in_by(row.method),
        "user": {
            "id": str(row.user_id),
            "email": row.email,
            "firstName": row.first_name,
            "lastName": row.last_name,
            "role": row.role.value,
        },
    }


def _signed_in_by(method: str | None) -> str:
    """What happened, and how unless it was by the password as usual."""
    return "Signed in" if method in (None, Method.PASSWORD) else f"Signed in by {method.replace('-', ' ')}"


def note(row: Row[Any]) -> Json:
    """A note, with who it is about and who wrote it."""
    return {
        "id": str(row.id),
        "userId": str(row.user_id),
        "title": row.title,
        "content": row.content,
        "category": row.category,
        "isPrivate": row.is_private,
        "createdByUserId": str(row.created_by),
        "createdAt": timestamp(row.created_at),
        "updatedAt": timestamp(row.updated_at),
        "user": {
            "id": str(row.user_id),
            "email": row.user_email,
            "firstName": row.user_first_name,
            "lastName": row.user_last_name,
            "role": row.user_role.value,
        },
        "createdBy": {
            "id": str(row.created_by),
            "email": row.author_email,
            "firstName": row.author_first_name,
            "lastName": row.author_last_name,
        },
    }


def _supervisor(row: Row[Any]) -> Json | None:
    if row.supervisor_id is None:
        return None
    return {
        "id": str(row.supervisor_id),
        "email": row.supervisor_email,
        "firstName": row.supervisor_first_name,
        "lastName": row.supervisor_last_name,
    }
