"""The keys that backups are sealed to: those that the settings name, else a pair that the platform keeps itself."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from services.reporting.queries import backups
from shared.backup.sealing import make_key_pair
from shared.seals import Seal, SealBroken
from shared.telemetry import log

_PURPOSE = b"keys of backups"


def public_keys(connection: Connection, recipients: Sequence[str], secret: str) -> list[str]:
    """To whom a backup is sealed now: the recipients, else the newest pair of the platform, which is made at first."""
    if recipients:
        return list(recipients)
    backups.lock_keys(connection)
    for public_key, _ in _opened(connection, secret):
        return [public_key]
    public_key, private_key = make_key_pair()
    backups.add_key_pair(connection, public_key, Seal([secret], _PURPOSE).seal(private_key))
    return [public_key]


def private_keys(connection: Connection, requested: Collection[str], secret: str) -> list[str]:
    """Those private keys that the platform has of public ones; none where others have them."""
    return [private for public, private in _opened(connection, secret) if public in requested]


def kept_public_keys(connection: Connection, secret: str) -> frozenset[str]:
    """The public keys whose private halves the platform keeps itself: what is sealed to one of them it can open."""
    return frozenset(public for public, _ in _opened(connection, secret))


def _opened(connection: Connection, secret: str) -> list[tuple[str, str]]:
    seal, found = Seal([secret], _PURPOSE), []
    for public_key, sealed in backups.key_pairs(connection):
        try:
            found.append((public_key, seal.open(sealed)))
        except SealBroken:
            # The secret is another one since: what was sealed to this pair opens no more, and a new pair is made.
            log.error("backup_key_lost", public_key=public_key)
    return found
