"""What our tokens say. The web client decodes them, so the names are those of the wire."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from services.identity.domain.session import Lifetimes
from shared.context import Role


class Purpose(StrEnum):
    """A token serves one purpose and is refused for any other."""

    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one pair of tokens is made from; the same grant always makes the same pair."""

    user_id: UUID
    email: str
    role: Role
    session_id: UUID
    rotation: int
    issued_at: datetime


def access_claims(grant: Grant, lifetimes: Lifetimes) -> dict[str, Any]:
    """Claims of the token that comes with every request."""
    expires_at = grant.issued_at + lifetimes.access
    return _claims(grant, Purpose.ACCESS, expires_at) | {"email": grant.email, "role": grant.role.value}


def refresh_claims(grant: Grant, lifetimes: Lifetimes) -> dict[str, Any]:
    """Claims of the token that buys the next pair; `rotation` tells it from those before and after."""
    expires_at = grant.issued_at + lifetimes.refresh
    return _claims(grant, Purpose.REFRESH, expires_at) | {"rotation": grant.rotation}


def _claims(grant: Grant, purpose: Purpose, expires_at: datetime) -> dict[str, Any]:
    return {
        "sub": str(grant.user_id),
        "userId": str(grant.user_id),
        "jwtId": str(uuid5(grant.session_id, f"{purpose}:{grant.rotation}")),
        "sid": str(grant.session_id),
        "typ": purpose.value,
        "iat": int(grant.issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
