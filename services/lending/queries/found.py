"""What is found by words: members, unions and loans, a few of each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from services.lending.queries.relations import members, unions
from shared.context import Actor
from shared.directory.scope import scope
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.postgres.rows import labelled
from shared.search import contains_words

_officer = directory_staff.alias("officer")


def members_found(connection: Connection, actor: Actor, words: str, *, limit: int) -> Sequence[Row[Any]]:
    """Members whose code, names, e-mail or telephone contain all words, the newest first."""
    query = (
        select(
            members.id,
            members.code,
            members.first_name,
            members.last_name,
            members.phone,
            *labelled("union", unions, "id", "name", "location"),
        )
        .join_from(directory_member, directory_union, unions.id == members.union_id)
        .where(contains_words(members.search, words), ~members.is_deleted, scope(actor, unions.officer_id))
        .order_by(members.code.desc())
        .limit(limit)
    )
    return connection.execute(query).all()


def unions_found(connection: Connection, actor: Actor, words: str, *, limit: int) -> Sequence[Row[Any]]:
    """Unions whose name, location or address contain all words, by name. There are few enough to look through."""
    text = func.lower(func.concat_ws(" ", unions.name, unions.location, unions.address))
    query = (
        select(
            unions.id, unions.name, unions.location, *labelled("officer", _officer.c, "id", "first_name", "last_name")
        )
        .outerjoin_from(directory_union, _officer, _officer.c.id == unions.officer_id)
        .where(contains_words(text, words), ~unions.is_deleted, scope(actor, unions.officer_id))
        .order_by(unions.name, unions.id)
        .limit(limit)
    )
    return connection.execute(query).all()
