"""Secrets that have to be readable again, such as the password of the mail server, kept encrypted."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SETTINGS = b"settings of the institution"


class SealBroken(Exception):
    """What was sealed cannot be opened: by another key, or changed since."""


class Seal:
    """Encrypts with the first key and opens what any of them encrypted, so that keys can be replaced. What is sealed
    for one purpose does not open for another."""

    def __init__(self, keys: Sequence[str], purpose: bytes = _SETTINGS) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key, purpose)) for key in keys])

    def seal(self, secret: str) -> str:
        """The secret as it may be stored; an empty one stays empty."""
        return self._fernet.encrypt(secret.encode()).decode() if secret else ""

    def open(self, sealed: str) -> str:
        """The secret again. Raises SealBroken."""
        if not sealed:
            return ""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealBroken("A sealed secret cannot be opened with the keys there are.") from error


def _derived(key: str, purpose: bytes) -> bytes:
    """A key for this use alone, of the length it needs, whatever else the given one may serve for."""
    derivation = HKDF(SHA256(), length=32, salt=None, info=purpose)
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))
