"""What the views need beside the database; `create_app` puts it together."""

from dataclasses import dataclass

from flask import current_app

from services.identity.credentials.passwords import PasswordHashes
from services.identity.credentials.tokens import TokenSigner
from services.identity.domain.session import Lifetimes


@dataclass(frozen=True, slots=True)
class Parts:
    """Credentials, and the settings that govern sessions."""

    hashes: PasswordHashes
    tokens: TokenSigner
    lifetimes: Lifetimes
    sessions_per_user: int
    internal_secret: str
    secure_cookies: bool


def parts() -> Parts:
    """Those of the running app."""
    held: Parts = current_app.extensions["identity"]
    return held
