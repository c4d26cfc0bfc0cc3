"""What is said of removing somebody before it is done, which is what the removal then does."""

import pytest
from sqlalchemy import insert

from services.identity.models import LoanOfMember
from services.identity.tests.conftest import AT, give_union
from shared.context import Role
from shared.directory.tables import directory_member, directory_union
from shared.ids import new_id

NOTHING = {"unions": 0, "members": 0, "loans": 0, "supervisedUsers": 0}


@pytest.fixture
def a_union_of(work):
    """Lets identity know of a union of somebody, with a member who has an open loan or a closed one."""

    def make(officer, *, is_open):
        member_id = new_id()
        with work() as uow:
            give_union(uow, officer)
            union_id = (
                uow.connection.execute(directory_union.select().where(directory_union.c.officer_id == officer.id))
                .first()
                .id
            )
            member = {
                "id": member_id, "code": "MEM000001", "first_name": "Ada", "last_name": "Obi", "union_id": union_id,
                "is_deleted": False, "details": {}, "search": "ada obi", "version": 1,
            }  # fmt: skip
            loan = {"loan_id": new_id(), "member_id": member_id, "is_open": is_open, "changed_at": AT, "version": 1}
            uow.connection.execute(insert(directory_member).values(member))
            uow.connection.execute(insert(LoanOfMember).values(loan))

    return make


@pytest.fixture
def asked_and_done(client, admin):
    """What was said of removing somebody; it is what removing them then does."""

    def ask(user_id, who=admin):
        said = client.get(f"/backup/dependencies/user/{user_id}", headers=who.headers)
        assert said.status_code == 200
        done = client.delete(f"/users/{user_id}", headers=who.headers)
        assert (done.status_code == 200) is said.json["data"]["canDelete"]
        if done.status_code != 200:
            assert (done.status_code, done.json["message"]) == (409, said.json["data"]["message"])
        return said.json["data"]

    return ask


@pytest.mark.parametrize("unions", ["none", "one", "one with an open loan"])
@pytest.mark.parametrize("supervised", [0, 2])
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
def test_the_answer_is_what_the_removal_does(a_user, a_union_of, asked_and_done, unions, supervised, role):
    user = a_user(role)
    for _ in range(supervised):
        a_user(supervisor_id=user.id)
    if unions != "none":
        a_union_of(user, is_open=unions == "one with an open loan")
    said = asked_and_done(user.id)
    expected = {
        "unions": int(unions != "none"),
        "loans": int(unions == "one with an open loan"),
        "supervisedUsers": supervised,
    }
    assert said["dependencies"] == NOTHING | expected
    assert {item["type"]: item["count"] for item in said["items"]} == {
        kind: count for kind, count in expected.items() if count
    }
    assert said["canDelete"] is not any(expected.values())


def test_nobody_removes_themselves_or_is_asked_about_by_others(
    client, admin, supervisor, officer, a_user, asked_and_done
):
    said = asked_and_done(admin.id)
    assert (said["canDelete"], said["items"]) == (False, [])
    path = f"/backup/dependencies/user/{officer.id}"
    for who in (supervisor, officer):
        assert client.get(path, headers=who.headers).status_code == 403
    assert client.get(path).status_code == 401
    for absent in (new_id(), a_user(deleted_at=AT).id, "1"):
        assert client.get(f"/backup/dependencies/user/{absent}", headers=admin.headers).status_code == 404
