"""Secrets of mailed links. The database keeps their digests, which open nothing."""

import hashlib
import secrets


def new_secret() -> tuple[str, str]:
    """A secret of 256 bits for a link, and its digest."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(secret: str) -> str:
    """What is kept of a secret. It is random and long, so that a fast digest is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def made_for(email: str, password_hash: str) -> str:
    """What a link was made for: another address or another password is another mark."""
    return digest(f"{email}\n{password_hash}")
