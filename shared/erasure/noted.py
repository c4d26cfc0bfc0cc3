"""Noting that a member was erased, so that they are looked for in what is kept of the past."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from shared.directory.tables import directory_member
from shared.erasure.redaction import words_of
from shared.erasure.tables import OF_ALL, erasure_sweeps


@dataclass(frozen=True, slots=True)
class Erased:
    """Who was erased, with what they were called until then."""

    member_id: UUID
    code: str
    words: Sequence[str]


def not_erased_yet(connection: Connection, codes: Mapping[UUID, str]) -> list[Erased]:
    """Those of these members, given by id with their codes, of whom the directory does not know yet that they were
    erased."""
    if not codes:
        return []
    member = directory_member.c
    columns = (member.id, member.first_name, member.last_name, member.email, member.phone)
    rows = connection.execute(select(*columns).where(member.id.in_(codes))).all()
    words = {row.id: words_of(row.first_name, row.last_name, row.email, row.phone) for row in rows}
    # Of whom there is nothing in the directory, there may be something in what was published.
    return [Erased(one, code, words.get(one, ())) for one, code in codes.items() if words.get(one, True)]


def note(connection: Connection, members: Iterable[Erased], *, also: Sequence[str] = ()) -> None:
    """Have these members looked for in the places that every service has, and in those `also`."""
    rows = [
        {"member_id": one.member_id, "place": place, "code": one.code, "words": list(one.words)}
        for one in members
        for place in (*OF_ALL, *also)
    ]
    if not rows:
        return
    added = insert(erasure_sweeps).values(rows)
    anew = {"words": added.excluded.words, "position": [], "is_last": False, "due_at": func.now()}
    key = [erasure_sweeps.c.member_id, erasure_sweeps.c.place]
    connection.execute(added.on_conflict_do_update(index_elements=key, set_=anew))
