"""Passwords that somebody is about to get, judged and hashed before any transaction, because that takes its time."""

from services.identity.credentials.common import password_rules
from services.identity.credentials.passwords import PasswordHashes
from services.identity.domain.password import PasswordRules, check_mixed_password, check_password
from services.identity.domain.proof import Proof
from services.identity.queries.institution import current_settings
from services.identity.steps.password_providers import PasswordProvider, Reading
from shared.errors import RuleViolated


class OwnPasswordOnly(RuleViolated):
    """The institution wants staff to choose their passwords themselves."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "Staff choose their password themselves, by a link that is mailed to them: please leave it out.",
            field=field,
        )


def current_rules(reading: Reading) -> PasswordRules:
    """What the institution asks of passwords now."""
    with reading() as connection:
        return password_rules(current_settings(connection).password_min_length)


def check_may_know_password(reading: Reading, *, field: str = "password") -> None:
    """Nothing, unless the institution wants nobody to choose the password of another. Raises OwnPasswordOnly."""
    with reading() as connection:
        if not current_settings(connection).passwords_by_creator:
            raise OwnPasswordOnly(field)


def new_password_hash(reading: Reading, hashes: PasswordHashes, *, password: str, is_own: bool = False) -> str:
    """The hash of a password somebody sets for another, unless it `is_own`; made before any transaction because it
    takes a quarter of a second. Raises OwnPasswordOnly, WeakPassword, TooManySignIns."""
    if not is_own:
        check_may_know_password(reading)
    check_password(password, current_rules(reading))
    return hashes.make(password)


def keep_new_password(
    provider: PasswordProvider, reading: Reading, *, proof: Proof | None, password: str, is_mixed: bool
) -> str | None:
    """Have a new password kept that obeys the rules; `is_mixed` asks for letters in both cases and a digit too.

    Raises WeakPassword, TooManySignIns, ProviderAway.
    """
    check = check_mixed_password if is_mixed else check_password
    check(password, current_rules(reading), field="new_password")
    return provider.keep(proof, password)
