"""Answers that are kept under idempotency keys, without who was erased: what is asked again is answered as before, but
for that."""

from collections.abc import Mapping
from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, or_, select, update

from shared.erasure.redaction import Person, redacted
from shared.idempotency import idempotency

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
    for row in rows:
        body = orjson.loads(row.body)
        for member_id, code in members.items():
            body = redacted(body, Person(member_id, code), is_about=True)
        blanked = orjson.dumps(body).decode()
        connection.execute(_REWRITE, {f"of_{name}": getattr(row, name) for name in _KEY} | {"blanked": blanked})
    return len(rows)
