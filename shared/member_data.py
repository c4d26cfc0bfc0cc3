"""Everything that a service keeps about one member, for an admin who exports it: each service says what that is,
and the gateway puts the answers of all together."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, Response
from sqlalchemy import Connection, Select, Table, Uuid, bindparam

from shared.backup.contents import Section, on_the_wire
from shared.context import Role
from shared.directory.tables import directory_member
from shared.web.auth import requires
from shared.web.envelope import success
from shared.web.transactions import reading

MEMBER = bindparam("member_id", type_=Uuid)
# What the platform searches and counts by says nothing about anybody.
_OF_THE_MACHINE = frozenset({"search", "version", "facts"})


def records(table: Any, *hidden: str) -> Select[Any]:
    """All rows of a table or model by their names on the wire, without what only the platform needs."""
    columns = table.c if isinstance(table, Table) else table.__table__.c
    names = [column.key for column in columns]
    return on_the_wire(table, *(name for name in names if name not in {*_OF_THE_MACHINE, *hidden}))


DIRECTORY = Section("directory", records(directory_member).where(directory_member.c.id == MEMBER))
"""What every service knows of members from membership."""


def kept_of(connection: Connection, member_id: UUID, sections: Sequence[Section]) -> Mapping[str, list[Any]]:
    """The records of each section that are about a member."""
    about = {"member_id": member_id}
    return {
        section.name: [orjson.loads(row) for row in connection.execute(section.objects(), about).scalars()]
        for section in sections
    }


def member_data_routes(*sections: Section) -> Blueprint:
    """The route by which the gateway asks what a service keeps; nobody else reaches it."""
    blueprint = Blueprint("member_data", __name__, url_prefix="/member-data")

    @blueprint.get("/<uuid:member_id>")
    @requires(Role.ADMIN)
    def get_member_data(member_id: UUID) -> Response:
        with reading() as connection:
            return success(kept_of(connection, member_id, (DIRECTORY, *sections)), "Data retrieved successfully")

    return blueprint
