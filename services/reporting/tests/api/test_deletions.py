import pytest


@pytest.mark.parametrize("kind", ["loan", "User", "unions", "document"])
def test_of_an_unknown_type_nothing_is_said(client, admin, supervisor, officer, kind):
    path = f"/backup/dependencies/{kind}/7"
    for who in (supervisor, officer):
        assert client.get(path, headers=who.headers).status_code == 403
    answer = client.get(path, headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (400, "unknown-entity-type")
    assert [error["field"] for error in answer.json["errors"]] == ["entityType"]
