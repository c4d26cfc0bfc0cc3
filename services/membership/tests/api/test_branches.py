"""Unions under the name of older pages."""

import pytest

from shared.ids import new_id


def test_unions_are_listed_as_branches_of_their_officers(client, a_member, officer, other_officer):
    member = a_member()
    (branch,) = client.get("/branches?page=1&limit=20", headers=officer.headers).json["data"]
    assert (branch["id"], branch["managerId"]) == (str(member.union_id), str(officer.id))
    assert branch["manager"] == {
        "id": str(officer.id), "firstName": None, "lastName": None, "email": officer.actor.email,
        "role": "CREDIT_OFFICER",
    } | {name: branch["manager"][name] for name in ("firstName", "lastName")}  # fmt: skip
    assert branch["_count"] == {"users": 1, "customers": 1, "loans": 0}
    assert client.get("/branches", headers=other_officer.headers).json["data"] == []


def test_a_branch_is_founded_changed_and_deleted_as_a_union_is(client, admin, officer, other_officer):
    body = {"name": "Weavers of Ikeja", "managerId": str(officer.id), "location": "Ikeja"}
    made = client.post("/branches", json=body, headers=admin.headers)
    branch = made.json["data"]
    assert (made.status_code, branch["code"], branch["managerId"]) == (201, "WOI", str(officer.id))
    assert branch["_count"] == {"users": 1, "customers": 0, "loans": 0}
    changed = client.put(
        f"/branches/{branch['id']}", json={"name": "Weavers", "managerId": str(other_officer.id)}, headers=admin.headers
    )
    assert (changed.json["data"]["name"], changed.json["data"]["managerId"]) == ("Weavers", str(other_officer.id))
    history = client.get("/assignment-history", headers=admin.headers).json["data"]
    assert [line["newManagerId"] for line in history] == [str(other_officer.id)]
    union = client.get(f"/unions/{branch['id']}", headers=admin.headers).json["data"]
    assert (union["name"], union["location"]) == ("Weavers", "Ikeja")
    gone = client.delete(f"/branches/{branch['id']}", headers=admin.headers)
    assert (gone.status_code, gone.json["data"]) == (200, None)
    assert client.get("/branches", headers=admin.headers).json["data"] == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": "Weavers"}, 400, "managerId"),
        ({"managerId": str(new_id())}, 400, "name"),
        ({"name": "Weavers", "managerId": "7"}, 400, "managerId"),
        ({"name": "Weavers", "managerId": str(new_id())}, 404, "managerId"),
    ],
)
def test_a_branch_needs_a_name_and_a_manager(client, admin, sessions, body, status, field):
    refused = client.post("/branches", json=body, headers=admin.headers)
    assert (refused.status_code, [error["field"] for error in refused.json["errors"]]) == (status, [field])


def test_a_branch_needs_a_credit_officer_for_manager(client, admin, supervisor):
    refused = client.post("/branches", json={"name": "Weavers", "managerId": str(supervisor.id)}, headers=admin.headers)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "managerId")


def test_a_branch_that_is_not_there_is_called_a_branch(client, admin, sessions):
    path = f"/branches/{new_id()}"
    for method, address in (("put", path), ("delete", path), ("patch", f"{path}/toggle-status")):
        refused = getattr(client, method)(address, headers=admin.headers, **({"json": {}} if method == "put" else {}))
        assert (refused.status_code, refused.json["message"]) == (404, "Branch not found")


def test_a_branch_cannot_be_switched_off(client, admin, a_union):
    refused = client.patch(f"/branches/{a_union().id}/toggle-status", headers=admin.headers)
    assert (refused.status_code, refused.json["code"]) == (409, "switching-off-not-supported")
    assert "not supported" in refused.json["message"]


def test_a_branch_with_members_is_not_deleted(client, admin, a_member):
    refused = client.delete(f"/branches/{a_member().union_id}", headers=admin.headers)
    assert (refused.status_code, refused.json["code"]) == (409, "union-not-empty")


def test_branches_are_written_by_who_may_write_unions(client, a_union, officer, supervisor, other_officer):
    path, body = f"/branches/{a_union().id}", {"name": "Weavers", "managerId": str(officer.id)}
    assert client.post("/branches", json=body, headers=supervisor.headers).status_code == 201
    foreign = {"name": "Weavers", "managerId": str(other_officer.id)}
    assert client.post("/branches", json=foreign, headers=supervisor.headers).status_code == 404
    assert client.post("/branches", json=body, headers=officer.headers).status_code == 403
    for who in (supervisor, officer):
        assert client.put(path, json=body, headers=who.headers).status_code == 403
        assert client.delete(path, headers=who.headers).status_code == 403
        assert client.patch(f"{path}/toggle-status", headers=who.headers).status_code == 403
