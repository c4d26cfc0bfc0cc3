"""One search over members, unions and loans, each within the scope of who asks."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.lending.tests.conftest import Member
from shared.testing import SignedIn

Found = dict[str, Any]


@pytest.fixture
def find(client: FlaskClient, officer: SignedIn) -> Callable[..., Found]:
    def find(words: str, *, by: SignedIn = officer) -> Found:
        answer = client.get("/search", query_string={"search": words}, headers=by.headers)
        assert answer.status_code == 200, answer.json
        found: Found = answer.json["data"]
        return found

    return find


def test_each_kind_is_found_by_its_words(find: Any, a_union: Any, a_member: Any, applied: Any) -> None:
    union_id = a_union(name="Potters of Bodija")
    member: Member = a_member(first_name="Ngozi", last_name="Eze", union=union_id)
    loan = applied(member=member)
    by_member = find("eze NGO")
    assert [row["id"] for row in by_member["members"]] == [str(member.id)]
    assert by_member["members"][0]["union"]["name"] == "Potters of Bodija"
    assert [row["id"] for row in by_member["loans"]] == [loan["id"]]
    assert by_member["loans"][0]["unionMember"]["firstName"] == "Ngozi"
    by_union = find("bodija")
    assert [row["id"] for row in by_union["unions"]] == [str(union_id)]
    assert [row["id"] for row in by_union["loans"]] == [loan["id"]]
    assert find("surulere")["unions"][0]["id"] == str(union_id)
    assert [row["loanNumber"] for row in find(loan["loanNumber"])["loans"]] == [loan["loanNumber"]]
    nothing: Found = {"members": [], "unions": [], "loans": []}
    assert find("") == find("   ") == find("nobody at all") == find("%") == nothing


def test_what_is_out_of_scope_is_not_found(
    find: Any, a_union: Any, a_member: Any, applied: Any, other_officer: SignedIn, supervisor: SignedIn, admin: SignedIn
) -> None:
    applied(member=a_member(first_name="Ngozi", union=a_union(name="Ngozi and friends")))
    seen = [find("ngozi", by=by) for by in (other_officer, supervisor, admin)]
    assert [[len(found[kind]) for kind in ("members", "unions", "loans")] for found in seen] == [
        [0, 0, 0], [1, 1, 1], [1, 1, 1],
    ]  # fmt: skip


def test_a_search_shows_a_few_of_each_in_as_many_statements(
    find: Any, a_union: Any, a_member: Any, statements: list[str]
) -> None:
    union_id = a_union()
    for _ in range(12):
        a_member(last_name="Okafor", union=union_id)
    find("okafor")
    statements.clear()
    assert len(find("okafor")["members"]) == 8
    assert len(statements) <= 5
