"""Giving a union to a credit officer by what a page of the web client calls a bulk operation."""

import pytest

from shared.ids import new_id


def body(union, *officers, **changes):
    ids = [str(officer.id) for officer in officers]
    return {"userIds": ids, "operation": "assignBranch", "data": {"branchId": str(union.id)}} | changes


def test_a_union_is_given_to_one_officer_as_by_its_assignment(client, admin, a_union, other_officer):
    union = a_union()
    answer = client.post("/users/bulk-operation", json=body(union, other_officer), headers=admin.headers)
    assert answer.status_code == 200
    assert answer.json["data"] == {
        "operation": "assignBranch", "requestedCount": 1, "affectedCount": 1, "message": "1 of 1 users changed",
    }  # fmt: skip
    shown = client.get(f"/unions/{union.id}", headers=admin.headers).json["data"]
    assert shown["creditOfficerId"] == str(other_officer.id)


def test_who_has_the_union_already_keeps_it(client, admin, a_union, officer):
    answer = client.post("/users/bulk-operation", json=body(a_union(), officer), headers=admin.headers)
    assert (answer.status_code, answer.json["data"]["affectedCount"]) == (200, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"data": None}, "data"),
        ({"data": {}}, "branchId"),
        ({"userIds": []}, "userIds"),
        ({"userIds": ["x"]}, "userIds"),
    ],
)
def test_what_is_missing_is_named(client, admin, a_union, officer, changes, field):
    answer = client.post("/users/bulk-operation", json=body(a_union(), officer, **changes), headers=admin.headers)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_union_has_one_officer(client, admin, a_union, officer, other_officer):
    answer = client.post("/users/bulk-operation", json=body(a_union(), officer, other_officer), headers=admin.headers)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "userIds")


def test_a_union_that_is_not_there_is_said_to_be(client, admin, a_union, officer):
    changed = body(a_union(), officer, data={"branchId": str(new_id())})
    answer = client.post("/users/bulk-operation", json=changed, headers=admin.headers)
    assert (answer.status_code, answer.json["message"]) == (404, "Union not found")


def test_what_is_done_to_accounts_is_not_done_here(client, admin, a_union, officer, supervisor):
    changed = body(a_union(), officer, operation="delete")
    answer = client.post("/users/bulk-operation", json=changed, headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (421, "accounts-changed-elsewhere")
    assert client.post("/users/bulk-operation", json=changed, headers=supervisor.headers).status_code == 403
