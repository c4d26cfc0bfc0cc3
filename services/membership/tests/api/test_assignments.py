"""Who was responsible before."""

import pytest


@pytest.fixture
def history(client, admin, officer, other_officer, a_union, a_member):
    """A union that went to `other_officer` and a member who moved there from another union of `officer`."""
    first, second = a_union(name="Market Women"), a_union(name="Weavers")
    member = a_member(union_id=first.id, first_name="Ngozi", last_name="Eze")
    body = {"creditOfficerId": str(other_officer.id), "reason": "Maternity leave"}
    client.post(f"/unions/{second.id}/assign", json=body, headers=admin.headers)
    client.post(f"/union-members/{member.id}/reassign", json={"newUnionId": str(second.id)}, headers=admin.headers)
    return first, second, member


def lines(client, who, **query):
    answer = client.get("/assignment-history", query_string=query, headers=who.headers)
    assert answer.status_code == 200, answer.json
    return answer.json["data"], answer.json["pagination"]


def test_the_history_says_who_went_where_and_by_whom(client, admin, officer, other_officer, history):
    first, second, member = history
    [moved, assigned], page = lines(client, admin)
    assert (page["total"], page["limit"]) == (2, 100)
    assert (assigned["type"], assigned["branchName"], assigned["reason"]) == (
        "MANAGER_ASSIGNMENT", "Weavers", "Maternity leave"
    )  # fmt: skip
    assert (assigned["oldManagerEmail"], assigned["newManagerEmail"]) == (
        officer.actor.email, other_officer.actor.email
    )  # fmt: skip
    assert (assigned["userId"], assigned["changedByEmail"]) == (None, admin.actor.email)
    assert (moved["type"], moved["userId"], moved["userEmail"]) == (
        "USER_ASSIGNMENT", str(member.id), f"{member.code} Ngozi Eze"
    )  # fmt: skip
    assert (moved["oldBranchId"], moved["newBranchId"]) == (str(first.id), str(second.id))
    assert (moved["oldBranchName"], moved["newBranchName"]) == ("Market Women", "Weavers")
    assert (moved["branchId"], moved["branchName"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"type": "USER_ASSIGNMENT"}, ["USER_ASSIGNMENT"]),
        ({"search": "ngozi WEAVERS"}, ["USER_ASSIGNMENT"]),
        ({"search": "maternity"}, ["MANAGER_ASSIGNMENT"]),
        ({"search": "%"}, []),
        ({"dateFrom": "2026-01-01", "dateTo": "2100-01-01", "limit": 1}, ["USER_ASSIGNMENT"]),
        ({"page": 2, "limit": 1}, ["MANAGER_ASSIGNMENT"]),
        ({"dateTo": "2026-01-01"}, []),
    ],
)
def test_the_history_is_narrowed(client, admin, history, query, found):
    assert [line["type"] for line in lines(client, admin, **query)[0]] == found


def test_of_an_unknown_kind_there_are_no_lines(client, admin, history):
    answer = client.get("/assignment-history?type=HOUSE", headers=admin.headers)
    assert (answer.status_code, answer.json["data"]) == (200, [])


def test_everybody_sees_the_history_of_what_is_theirs_now(
    client, officer, other_officer, supervisor, history, a_union, admin
):
    assert len(lines(client, other_officer)[0]) == 2
    assert lines(client, officer)[0] == lines(client, supervisor)[0] == []


def test_a_page_of_the_history_takes_two_statements(client, admin, history, statements):
    lines(client, admin)
    statements.clear()
    lines(client, admin)
    assert len(statements) == 2
