"""What may serve as a password, and whose password may be changed."""

import dataclasses
import re
from collections.abc import Collection
from dataclasses import dataclass

from shared.context import Actor
from shared.errors import Forbidden, RuleViolated
from shared.impersonation import check_acts_as_oneself

MIN_CHARACTERS = 8
# bcrypt reads no further, so a longer password is refused rather than cut without a word.
MAX_BYTES = 72

_LOWER, _UPPER = ("a lower-case letter", re.compile(r"[a-z]")), ("an upper-case letter", re.compile(r"[A-Z]"))
_DIGIT, _SIGN = ("a digit", re.compile(r"[0-9]")), ("one of @$!%*?&", re.compile(r"[@$!%*?&]"))


class WeakPassword(RuleViolated):
    """The password is too short, too long, too simple or too common."""


class CurrentPasswordIncorrect(RuleViolated):
    """The current password that was named is not the one."""

    def __init__(self) -> None:
        super().__init__("Current password is incorrect.", field="current_password")


class PasswordProtected(Forbidden):
    """The configuration keeps this password from being changed."""


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What the institution asks of every password. `common` are those that everybody tries first, in lower case."""

    min_characters: int = MIN_CHARACTERS
    common: Collection[str] = dataclasses.field(default=frozenset(), repr=False)


def check_password(password: str, rules: PasswordRules, *, field: str = "password") -> None:
    """Accept enough characters in at most MAX_BYTES bytes of UTF-8 that are no common password. Raises WeakPassword,
    which names the input by `field`."""
    if len(password) < rules.min_characters:
        raise WeakPassword(f"Password must have at least {rules.min_characters} characters.", field=field)
    if len(password.encode()) > MAX_BYTES:
        raise WeakPassword(f"Password must have at most {MAX_BYTES} bytes.", field=field)
    if password.lower() in rules.common:
        raise WeakPassword("This password is one of the first that anybody would try.", field=field)


def check_mixed_password(password: str, rules: PasswordRules, *, field: str = "new_password") -> None:
    """Accept what check_password accepts with a letter in both cases and a digit. Raises WeakPassword."""
    check_password(password, rules, field=field)
    _check_contains(password, (_LOWER, _UPPER, _DIGIT), field)


def check_admin_password(password: str, rules: PasswordRules) -> None:
    """Accept what check_password accepts with a letter in both cases, a digit and a sign. Raises WeakPassword."""
    check_password(password, rules)
    _check_contains(password, (_LOWER, _UPPER, _DIGIT, _SIGN), "password")


def _check_contains(password: str, needs: Collection[tuple[str, re.Pattern[str]]], field: str) -> None:
    missing = [need for need, pattern in needs if not pattern.search(password)]
    if missing:
        raise WeakPassword(f"Password must contain {', '.join(missing)}.", field=field)


def check_may_change_password(by: Actor, email: str, protected: Collection[str]) -> None:
    """Accept a change by `by` of the password of the account with this address, unless the configuration keeps that as
    it is, or an admin acts in somebody else's name. Raises NotWhileImpersonating, PasswordProtected."""
    check_acts_as_oneself(by)
    if email in protected:
        raise PasswordProtected("You do not have permission to change the password of this account.")
