"""Unions and members that a worker makes aside are those that are exported at once."""

import pytest

from services.membership.worker import list_worker


@pytest.mark.parametrize("name", ["unions", "union-members"])
def test_a_list_made_aside_is_what_is_exported_at_once(
    client, sessions, settings, officer, other_officer, a_union, a_member, name
):
    union = a_union(name="Market Women")
    a_member(union_id=union.id)
    a_member(union_id=a_union(name="Others", officer_id=other_officer.id).id)
    path = f"/reports/jobs/{name}"
    job = client.post(path, json={"format": "csv", "filters": {"search": "a"}}, headers=officer.headers).json["data"]
    assert list_worker(settings).make_lists(sessions) == 1
    done = client.get(f"{path}/{job['id']}", headers=officer.headers).json["data"]
    assert (done["state"], done["rows"]) == ("DONE", 1)
    made = client.get(f"{path}/{job['id']}/file", headers=officer.headers)
    assert made.data == client.get(f"/{name}/export?search=a", headers=officer.headers).data


def test_a_union_that_went_to_somebody_else_takes_the_file_with_it(
    client, sessions, settings, officer, other_officer, admin, a_union, a_member
):
    union = a_union(name="Market Women")
    a_member(union_id=union.id)
    path = "/reports/jobs/union-members"
    job = client.post(path, json={"format": "csv"}, headers=officer.headers).json["data"]
    list_worker(settings).make_lists(sessions)
    assert client.get(f"{path}/{job['id']}/file", headers=officer.headers).status_code == 200
    body = {"creditOfficerId": str(other_officer.id)}
    moved = client.post(f"/unions/{union.id}/assign", json=body, headers=admin.headers)
    assert moved.status_code == 200, moved.json
    assert client.get(f"{path}/{job['id']}/file", headers=officer.headers).status_code == 404
