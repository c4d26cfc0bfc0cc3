"""Passwords that somebody is about to get, judged and hashed before any transaction, because that takes its time."""

from services.identity.credentials.common_passwords import password_rules
from services.identity.credentials.passwords import PasswordHashes
from services.identity.domain.institution import check_may_know_password
from services.identity.domain.password import check_mixed_password, check_password
from services.identity.domain.proof import Proof
from services.identity.queries.institution import Reading, read_settings
from services.identity.steps.password_providers import PasswordProvider


def new_password_hash(reading: Reading, hashes: PasswordHashes, *, password: str, is_own: bool = False) -> str:
    """The hash of a password somebody sets for another, unless it `is_own`. Raises OwnPasswordOnly, WeakPassword,
    TooManySignIns."""
    institution = read_settings(reading)
    if not is_own:
        check_may_know_password(institution)
    check_password(password, password_rules(institution.password_min_length))
    return hashes.make(password)


def keep_new_password(
    provider: PasswordProvider, reading: Reading, *, proof: Proof | None, password: str, is_mixed: bool
) -> str | None:
    """Have a new password kept that obeys the rules; `is_mixed` asks for letters in both cases and a digit too.

    Raises WeakPassword, TooManySignIns, ProviderAway.
    """
    check = check_mixed_password if is_mixed else check_password
    check(password, password_rules(read_settings(reading).password_min_length), field="new_password")
    return provider.keep(proof, password)
