"""What may serve as a password."""

import re

from shared.errors import RuleViolated

MIN_CHARACTERS = 8
# bcrypt reads no further, so a longer password is refused rather than cut without a word.
MAX_BYTES = 72

_ADMIN_NEEDS = {
    "a lower-case letter": re.compile(r"[a-z]"),
    "an upper-case letter": re.compile(r"[A-Z]"),
    "a digit": re.compile(r"[0-9]"),
    "one of @$!%*?&": re.compile(r"[@$!%*?&]"),
}


class WeakPassword(RuleViolated):
    """The password is too short, too long or too simple."""


def check_password(password: str) -> None:
    """Accept at least MIN_CHARACTERS characters in at most MAX_BYTES bytes of UTF-8. Raises WeakPassword."""
    if len(password) < MIN_CHARACTERS:
        raise WeakPassword(f"Password must have at least {MIN_CHARACTERS} characters.", field="password")
    if len(password.encode()) > MAX_BYTES:
        raise WeakPassword(f"Password must have at most {MAX_BYTES} bytes.", field="password")


def check_admin_password(password: str) -> None:
    """Accept what check_password accepts with a letter in both cases, a digit and a sign. Raises WeakPassword."""
    check_password(password)
    missing = [need for need, pattern in _ADMIN_NEEDS.items() if not pattern.search(password)]
    if missing:
        raise WeakPassword(f"Password must contain {', '.join(missing)}.", field="password")
