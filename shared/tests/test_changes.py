"""Events by name: whom they concern, and nothing of what they say."""

import orjson
import pytest

from shared.messaging.changes import Change, changes_of


def a_body(**data: object) -> str:
    return orjson.dumps({"id": "e", "aggregate_id": "a", "data": data}).decode()


@pytest.mark.parametrize(
    ("data", "union_id", "people"),
    [
        ({"union_id": "u", "member_id": "m", "amount": "5.00"}, "u", []),
        ({"user_id": "p", "supervisor_id": None, "email": "ada@example.org"}, None, ["p"]),
        ({"user_id": "p", "supervisor_id": "s"}, None, ["p", "s"]),
        ({"name": "Weekly"}, None, []),
    ],
)
def test_a_name_says_whose_scope_an_event_is_in(data: dict[str, str], union_id: str | None, people: list[str]) -> None:
    assert list(changes_of([("s.t.v.v1", a_body(**data))])) == [Change("s.t.v.v1", "e", "a", union_id, people)]


def test_entries_of_the_audit_trail_have_no_name() -> None:
    assert list(changes_of([("payments.audit.recorded.v1", a_body(union_id="u"))])) == []
