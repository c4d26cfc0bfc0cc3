"""Answers that are kept under idempotency keys, without who was erased: what is asked again is answered as before, but
for that."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, or_, select, update

from shared.idempotency import idempotency

ERASED = "Erased"
# By their names on the wire: what an object with the id of a member says of the person.
_OF_A_MEMBER = {"firstName": ERASED, "lastName": ERASED} | dict.fromkeys(
    (
        "email", "phone", "address", "dateOfBirth", "gender", "maritalStatus", "profession", "company", "city",
        "state", "country", "zipCode", "note", "profileImage",
    )
)  # fmt: skip
# What stands beside the code or id of a member in an object about something else, such as a receipt.
_NAMES_A_MEMBER = ("memberCode", "memberId", "unionMemberId")
_BESIDE = {"memberName": ERASED, "memberPhone": None}
# What people wrote, wherever it stands in an answer that names the member.
_WRITTEN = frozenset({"notes", "note", "reason"})
_KEY = ("user_id", "operation", "key")
_REWRITE = (
    update(idempotency)
    .where(*(idempotency.c[name] == bindparam(f"of_{name}") for name in _KEY))
    .values(body=bindparam("blanked"))
)


def blank_answers(connection: Connection, members: Mapping[UUID, str]) -> int:
    """Blank the answers that name these members, given by id with their codes; returns how many there were. Reads all
    that are kept: it is rare."""
    if not members:
        return 0
    named = or_(*(idempotency.c.body.contains(str(member_id)) for member_id in members))
    columns = [idempotency.c[name] for name in (*_KEY, "body")]
    rows = connection.execute(select(*columns).where(named).with_for_update()).all()
    theirs = frozenset((*map(str, members), *members.values()))
    for row in rows:
        blanked = orjson.dumps(_blanked(orjson.loads(row.body), theirs)).decode()
        connection.execute(_REWRITE, {f"of_{name}": getattr(row, name) for name in _KEY} | {"blanked": blanked})
    return len(rows)


def _blanked(value: Any, theirs: Collection[str]) -> Any:
    """The value without what is about the members with these ids and codes."""
    if isinstance(value, list):
        return [_blanked(one, theirs) for one in value]
    if not isinstance(value, dict):
        return value
    gone: dict[str, Any] = _OF_A_MEMBER if value.get("id") in theirs else {}
    if any(value.get(name) in theirs for name in _NAMES_A_MEMBER):
        gone = gone | _BESIDE
    return {
        name: gone[name] if name in gone else None if name in _WRITTEN else _blanked(one, theirs)
        for name, one in value.items()
    }
