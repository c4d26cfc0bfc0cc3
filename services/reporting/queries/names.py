"""What people are called that reports are about: names instead of ids."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Uuid, bindparam, func, select

from services.reporting.models.facts import loan_types
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.words import full_name

UNKNOWN = "(not known)"
"""Stands for the name of what no event has named yet."""

_ids = bindparam("ids", type_=ARRAY(Uuid))
_STAFF = select(
    directory_staff.c.id, directory_staff.c.first_name, directory_staff.c.last_name, directory_staff.c.email
).where(directory_staff.c.id == func.any(_ids))
_MEMBERS = select(directory_member.c.id, directory_member.c.first_name, directory_member.c.last_name).where(
    directory_member.c.id == func.any(_ids)
)
_LOAN_TYPES = select(loan_types.c.id, loan_types.c.name).where(loan_types.c.id == func.any(_ids))
_UNIONS = select(directory_union.c.id, directory_union.c.name).where(directory_union.c.id == func.any(_ids))
_PHONES = select(directory_member.c.id, directory_member.c.phone).where(directory_member.c.id == func.any(_ids))


class Names(dict[UUID | None, str]):
    """Names by id; of whom nothing is known, that it is not."""

    def __missing__(self, _: UUID | None) -> str:
        return UNKNOWN


def officer_names(connection: Connection, ids: Collection[UUID]) -> Names:
    """First and last name of staff; the e-mail address of who has neither."""
    rows = connection.execute(_STAFF, {"ids": list(ids)})
    return Names({row[0]: full_name(row[1], row[2]) or row[3] for row in rows})


def union_names(connection: Connection, ids: Collection[UUID]) -> Names:
    """Names of unions, deleted ones too."""
    return Names({row[0]: row[1] for row in connection.execute(_UNIONS, {"ids": list(ids)})})


def member_names(connection: Connection, ids: Collection[UUID]) -> Names:
    """First and last name of members, deleted ones too."""
    return Names({row[0]: full_name(row[1], row[2]) for row in connection.execute(_MEMBERS, {"ids": list(ids)})})


def loan_type_names(connection: Connection, ids: Collection[UUID]) -> Names:
    """Names of loan types, deleted ones too."""
    return Names({row[0]: row[1] for row in connection.execute(_LOAN_TYPES, {"ids": list(ids)})})


def asked_names(connection: Connection, ids: Mapping[str, UUID | None]) -> dict[str, str]:
    """The names of what a report was narrowed to, by `officer`, `supervisor`, `union` and `loanType`."""
    names: dict[str, str] = {}
    for what in ("officer", "supervisor"):
        if staff_id := ids.get(what):
            names[what] = officer_names(connection, [staff_id])[staff_id]
    if union_id := ids.get("union"):
        names["union"] = union_names(connection, [union_id])[union_id]
    if loan_type_id := ids.get("loanType"):
        names["loanType"] = loan_type_names(connection, [loan_type_id])[loan_type_id]
    return names


def phones(connection: Connection, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """The phone numbers of members, deleted ones too."""
    return {row[0]: row[1] for row in connection.execute(_PHONES, {"ids": list(ids)})}
