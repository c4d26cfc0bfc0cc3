"""The counts that lists show as their total: kept by difference, so that they cost the same for any book."""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Connection

from shared import tally
from shared.tally import EVERYBODY

REPAYMENTS = "repayment"
"""Counts of repayments by officer, of the kind of their method."""

INSTALMENTS = "instalment"
"""Counts of listed instalments by officer, of kind OPEN or PAID."""

OPEN, PAID = "OPEN", "PAID"


def add(connection: Connection, subject: str, officer_id: UUID, differences: Mapping[str, int]) -> None:
    """Count, by kind, what an officer has more, and so everybody together."""
    add_all(connection, subject, {(officer_id, kind): number for kind, number in differences.items()})


def add_all(connection: Connection, subject: str, differences: Mapping[tuple[UUID, str], int]) -> None:
    """Count for many officers, by officer and kind, and so for everybody together."""
    changes = Counter(differences)
    for (_, kind), number in differences.items():
        changes[EVERYBODY, kind] += number
    tally.add(connection, subject, changes)


def add_instalments(connection: Connection, officer_id: UUID, kinds: Iterable[str]) -> None:
    """An officer has more listed instalments, each given by its kind."""
    add(connection, INSTALMENTS, officer_id, Counter(kinds))


def remove_instalments(connection: Connection, officer_id: UUID, kinds: Iterable[str]) -> None:
    """An officer's listed instalments, each given by its kind, are gone."""
    add(connection, INSTALMENTS, officer_id, {kind: -number for kind, number in Counter(kinds).items()})


def move(connection: Connection, subject: str, moved: Mapping[tuple[UUID, str], int], to: UUID) -> None:
    """What these officers had, by kind, is the officer's `to` now. The total of everybody stays."""
    changes: Counter[tuple[UUID, str]] = Counter()
    for (officer_id, kind), number in moved.items():
        changes[officer_id, kind] -= number
        changes[to, kind] += number
    tally.add(connection, subject, changes)
