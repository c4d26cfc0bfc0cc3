"""What our tokens say. The web client decodes them, so the names are those of the wire."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from shared.context import Role


class Purpose(StrEnum):
    """A token serves one purpose and is refused for any other."""

    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one pair of tokens is made from; the same grant always makes the same pair."""

    user_id: UUID
    email: str
    role: Role
    session_id: UUID
    rotation: int
    issued_at: datetime
    access_expires_at: datetime
    refresh_expires_at: datetime
    is_remembered: bool = True
    impersonator_id: UUID | None = None
    must_change_password: bool = False


def access_claims(grant: Grant) -> dict[str, Any]:
    """Claims of the token that comes with every request."""
    claims = _claims(grant, Purpose.ACCESS, grant.access_expires_at) | {"email": grant.email, "role": grant.role.value}
    if grant.impersonator_id:
        claims["imp"] = str(grant.impersonator_id)
    if grant.must_change_password:
        claims["changePassword"] = True
    return claims


def refresh_claims(grant: Grant) -> dict[str, Any]:
    """Claims of the token that buys the next pair; `rotation` tells it from those before and after."""
    return _claims(grant, Purpose.REFRESH, grant.refresh_expires_at) | {"rotation": grant.rotation}


def token_id(session_id: UUID, purpose: Purpose, rotation: int) -> str:
    """The id of one token of a session."""
    return str(uuid5(session_id, f"{purpose}:{rotation}"))


def _claims(grant: Grant, purpose: Purpose, expires_at: datetime) -> dict[str, Any]:
    return {
        "sub": str(grant.user_id),
        "userId": str(grant.user_id),
        "jwtId": token_id(grant.session_id, purpose, grant.rotation),
        "sid": str(grant.session_id),
        "typ": purpose.value,
        "iat": int(grant.issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
