"""Passwords that everybody tries first: a list in this package, so that nobody has to be asked."""

from importlib.resources import files

from services.identity.domain.password import PasswordRules

_COMMON = frozenset((files(__package__) / "common_passwords.txt").read_text(encoding="utf-8").split())


def password_rules(min_characters: int) -> PasswordRules:
    """What the institution asks of a password, beside its length that it is none of the common ones."""
    return PasswordRules(min_characters, _COMMON)
