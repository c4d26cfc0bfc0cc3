"""Guessing is slowed: for one client at one account, for one account, and for one client at whatever account.

The first two begin anew when somebody signs in. A stranger who keeps guessing cannot lock an officer out: what
strangers did to an account does not count where its owner has signed in before, and a mailed link opens it everywhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from services.identity.domain.limits import Count, Limit, counted, network_of
from services.identity.events import SignInBlocked
from services.identity.models import User
from services.identity.queries import attempts
from services.identity.queries.institution import current_settings
from services.identity.queries.sessions import recent_addresses
from shared.db import UnitOfWork
from shared.errors import TooManyRequests

_WINDOW = timedelta(minutes=15)
_FIRST_WAIT = timedelta(minutes=1)
# Strangers at many addresses share this many times what one may try.
_STRANGERS = 5
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# Where somebody has signed in lately, as many sessions back as this.
_SESSIONS_LOOKED_AT = 50


class TooManyAttempts(TooManyRequests):
    """Tried too often; whether the last one would have been right is not said."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many attempts. Please try again later.", retry_after=seconds)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at an address of the network tries to get into the account with an address of e-mail."""

    email: str
    address: str | None

    @property
    def pair(self) -> str:
        return f"sign-in {self.email} {network_of(self.address)}"

    @property
    def account(self) -> str:
        return f"sign-in {self.email}"

    @property
    def network(self) -> str:
        return f"sign-in {network_of(self.address)}"

    @property
    def keys(self) -> tuple[str, str, str]:
        return self.pair, self.account, self.network


def check_may_try(connection: Connection, attempt: Attempt, *, at: datetime) -> None:
    """Return when the attempt is to be judged. Asked before the quarter of a second that judging takes, and again
    where it is counted. Raises TooManyAttempts."""
    _check(connection, attempt, attempts.counts(connection, attempt.keys), at)


def count_failure(
    uow: UnitOfWork, attempt: Attempt, *, allowed: int, allowed_per_network: int, user: User | None, at: datetime
) -> None:
    """Count a failed attempt, and write to the account's owner when it is the first of too many.

    Of many attempts at once, only those the limit has room for are judged. Raises TooManyAttempts.
    """
    counts = attempts.counts_for_update(uow.connection, attempt.keys, at=at)
    _check(uow.connection, attempt, counts, at)
    limits = {
        attempt.pair: _limit(allowed),
        attempt.account: _limit(allowed * _STRANGERS),
        attempt.network: _limit(allowed_per_network),
    }
    after = {key: counted(counts[key], limit, at) for key, limit in limits.items()}
    attempts.save_counts(uow.connection, after)
    if user and user.is_active and any(after[key].blocks == 1 for key in (attempt.pair, attempt.account)):
        uow.publish(SignInBlocked.of(user))


def count_success(uow: UnitOfWork, attempt: Attempt, *, at: datetime) -> None:
    """Begin anew for this account, unless so many failed meanwhile that this one is not judged either.
    Raises TooManyAttempts."""
    counts = attempts.counts(uow.connection, attempt.keys)
    _check(uow.connection, attempt, counts, at)
    if counts.keys() & {attempt.pair, attempt.account}:
        forget_failures(uow, attempt)


def forget_failures(uow: UnitOfWork, attempt: Attempt) -> None:
    """Begin anew for this account, whose owner proved who they are."""
    attempts.forget_counts(uow.connection, [attempt.pair, attempt.account])


def check_may_guess(connection: Connection, user_id: UUID, *, at: datetime) -> None:
    """Return when a signed-in person may name their current password. Raises TooManyAttempts."""
    key = _own_password(user_id)
    _raise_if_blocked(attempts.counts(connection, [key]).values(), at)


def count_wrong_guess(uow: UnitOfWork, user_id: UUID, *, at: datetime) -> None:
    """Count a wrong current password: whoever holds a stolen token is to learn no password with it."""
    key, allowed = _own_password(user_id), current_settings(uow.connection).max_login_attempts
    counts = attempts.counts_for_update(uow.connection, [key], at=at)
    attempts.save_counts(uow.connection, {key: counted(counts[key], _limit(allowed), at)})


def count_request(
    uow: UnitOfWork, kind: str, attempt: Attempt, *, per_email: int, per_network: int, at: datetime
) -> None:
    """Count a request of this kind for the hour, whether its address has an account or not. Raises TooManyAttempts."""
    limits = {
        f"{kind} {attempt.email}": _per_hour(per_email),
        f"{kind} {network_of(attempt.address)}": _per_hour(per_network),
    }
    counts = attempts.counts_for_update(uow.connection, limits.keys(), at=at)
    _raise_if_blocked(counts.values(), at)
    attempts.save_counts(uow.connection, {key: counted(counts[key], limit, at) for key, limit in limits.items()})


def _check(connection: Connection, attempt: Attempt, counts: Mapping[str, Count], at: datetime) -> None:
    _raise_if_blocked((count for key, count in counts.items() if key != attempt.account), at)
    of_account = counts.get(attempt.account)
    if of_account and of_account.seconds_to_wait(at) and not _is_familiar(connection, attempt):
        _raise_if_blocked([of_account], at)


def _raise_if_blocked(counts: Iterable[Count], at: datetime) -> None:
    seconds = max((count.seconds_to_wait(at) for count in counts), default=0)
    if seconds:
        raise TooManyAttempts(seconds)


def _is_familiar(connection: Connection, attempt: Attempt) -> bool:
    addresses = recent_addresses(connection, attempt.email, limit=_SESSIONS_LOOKED_AT)
    return network_of(attempt.address) in {network_of(address) for address in addresses}


def _limit(allowed: int) -> Limit:
    return Limit(max(allowed, 1), _WINDOW, _FIRST_WAIT, longest_wait=_WINDOW, forgotten_after=_DAY)


def _per_hour(allowed: int) -> Limit:
    return Limit(allowed, _HOUR, _HOUR, longest_wait=_HOUR, forgotten_after=_HOUR)


def _own_password(user_id: UUID) -> str:
    return f"own-password {user_id}"
