"""Copies of what another service owns: whatever comes in whatever order, the newest version stands."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from shared.clock import now
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.ids import new_id
from shared.postgres.newest import keep_newest, keep_newest_of_each

UNIONS = sorted(new_id() for _ in range(3))


def union(union_id: UUID, version: int, name: str) -> dict[str, object]:
    return {
        "id": union_id, "name": name, "location": None, "address": 'a "quoted" :name', "officer_id": union_id,
        "created_at": now(), "updated_at": now(), "version": version, "is_deleted": False,
    }  # fmt: skip


rows = st.lists(st.tuples(st.sampled_from(UNIONS), st.integers(1, 6)), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(batches=st.lists(rows, max_size=4))
@pytest.mark.parametrize("together", [True, False], ids=["many in one statement", "one by one"])
def test_the_newest_version_stands(sessions, batches, together):
    newest: dict[UUID, int] = {}
    with sessions.begin() as session:
        session.execute(delete(directory_union))
        for batch in batches:
            values = [union(union_id, version, f"version {version}") for union_id, version in batch]
            if together:
                keep_newest_of_each(session.connection(), directory_union, values)
            for one, (union_id, version) in zip(values, batch, strict=True):
                if not together:
                    is_newer = version > newest.get(union_id, 0)
                    assert keep_newest(session.connection(), directory_union, one) is is_newer
                newest[union_id] = max(version, newest.get(union_id, 0))
        kept = {row.id: (row.version, row.name) for row in session.execute(select(directory_union))}
        assert kept == {union_id: (version, f"version {version}") for union_id, version in newest.items()}


def test_what_a_row_does_not_say_of_a_column_with_a_default_is_null(sessions):
    at = now()
    with sessions.begin() as session:
        values = {"id": UNIONS[0], "email": "ada@example.com", "role": "ADMIN", "is_active": True, "created_at": at}
        keep_newest(session.connection(), directory_staff, values | {"is_deleted": False, "version": 1})
        row = session.execute(select(directory_staff).where(directory_staff.c.id == UNIONS[0])).one()
        session.rollback()
    assert (row.created_at, row.phone, row.role) == (at, None, "ADMIN")


def test_a_document_is_written_as_it_is(sessions):
    details = {"rate": "0.10", "none": None, "words": ["a", 'b"c', ":rows"]}
    values = {"code": "MEM000001", "first_name": "Ada", "last_name": "Obi", "union_id": UNIONS[0], "search": "ada"}
    values |= {"id": UNIONS[0], "details": details, "is_deleted": False, "version": 1}
    with sessions.begin() as session:
        keep_newest(session.connection(), directory_member, values)
        kept = session.scalar(select(directory_member.c.details).where(directory_member.c.id == UNIONS[0]))
        session.rollback()
    assert kept == details
