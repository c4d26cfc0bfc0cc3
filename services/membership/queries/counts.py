"""How many unions, members and loans there are, by officer and by union, kept exact by every change."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection

from services.membership.models import Member
from shared import tally
from shared.tally import EVERYBODY

UNION, MEMBER, LOAN = "union", "member", "loan"
# Nothing is counted apart by its state, so one kind holds all.
LIVE = "live"


def union_added(connection: Connection, officer_id: UUID) -> None:
    """A union was founded under this officer."""
    _add(connection, UNION, {EVERYBODY: 1, officer_id: 1})


def union_removed(connection: Connection, officer_id: UUID) -> None:
    """A union of this officer, without members, is no more."""
    _add(connection, UNION, {EVERYBODY: -1, officer_id: -1})


def union_handed_over(connection: Connection, old_officer_id: UUID, new_officer_id: UUID, *, members: int) -> None:
    """A union with so many members went from one officer to another."""
    _add(connection, UNION, {old_officer_id: -1, new_officer_id: 1})
    _add(connection, MEMBER, {old_officer_id: -members, new_officer_id: members})


def member_added(connection: Connection, member: Member) -> None:
    """A member joined their union."""
    _add(connection, MEMBER, {EVERYBODY: 1, member.officer_id: 1, member.union_id: 1})


def member_removed(connection: Connection, member: Member) -> None:
    """A member left; their former loans stay with the union."""
    _add(connection, MEMBER, {EVERYBODY: -1, member.officer_id: -1, member.union_id: -1})


def member_moved(
    connection: Connection, member: Member, old_union_id: UUID, old_officer_id: UUID, *, loans: int
) -> None:
    """A member with so many loans came to their union from another one."""
    _add(connection, MEMBER, {old_union_id: -1, member.union_id: 1})
    _add(connection, LOAN, {old_union_id: -loans, member.union_id: loans})
    if member.officer_id != old_officer_id:
        _add(connection, MEMBER, {old_officer_id: -1, member.officer_id: 1})


def loans_changed(connection: Connection, changes: Mapping[UUID, int]) -> None:
    """The members of these unions have so many loans more: {union: difference}."""
    _add(connection, LOAN, changes)


def members_of_union(connection: Connection, union_id: UUID) -> int:
    """How many members are in a union; it must be locked, so that nobody joins meanwhile."""
    return tally.total(connection, MEMBER, [union_id])


def loans_of_union(connection: Connection, union_id: UUID) -> int:
    """How many loans the members of a union have."""
    return tally.total(connection, LOAN, [union_id])


def _add(connection: Connection, subject: str, changes: Mapping[UUID, int]) -> None:
    tally.add(connection, subject, {(owner_id, LIVE): difference for owner_id, difference in changes.items()})
