"""Reads about unions."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, select

from shared.directory.tables import directory_union


def is_in_scope(connection: Connection, union_id: UUID, officers: Collection[UUID] | None) -> bool:
    """Whether there is such a union, be it deleted, and one of these officers has it; anybody when they are None."""
    query = select(directory_union.c.id).where(directory_union.c.id == union_id)
    if officers is not None:
        query = query.where(directory_union.c.officer_id.in_(officers))
    return connection.execute(query).first() is not None


def unions_of(connection: Connection, officers: Collection[UUID]) -> list[UUID]:
    """The unions that these officers have now, deleted ones too."""
    query = select(directory_union.c.id).where(directory_union.c.officer_id.in_(officers))
    return list(connection.execute(query).scalars())


def are_in_scope(connection: Connection, unions: Collection[UUID], officers: Collection[UUID]) -> bool:
    """Whether each of these unions is one that these officers have now."""
    others = select(directory_union.c.id).where(
        directory_union.c.id.in_(unions), directory_union.c.officer_id.not_in(officers)
    )
    return connection.execute(others.limit(1)).first() is None
