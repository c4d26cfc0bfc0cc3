"""What is said of a deletion before it, which is what the deletion then does."""

import pytest

from services.membership.queries import counts
from services.membership.queries.loans import KeptLoan, add_loans
from shared.ids import new_id

NOTHING = {"unions": 0, "members": 0, "loans": 0, "supervisedUsers": 0}


@pytest.fixture
def a_loan(sessions):
    """Lets membership know of a loan of a member."""

    def make(member, status):
        with sessions.begin() as session:
            add_loans(session.connection(), [KeptLoan(new_id(), member.id, status, 1)])
            counts.loans_changed(session.connection(), {member.union_id: 1})

    return make


@pytest.fixture
def asked_and_done(client, admin):
    """What was said of deleting something; it is what deleting it then does."""

    def ask(kind, path):
        said = client.get(f"/backup/dependencies/{kind}/{path.rpartition('/')[2]}", headers=admin.headers)
        assert said.status_code == 200
        done = client.delete(path, headers=admin.headers)
        assert (done.status_code == 200) is said.json["data"]["canDelete"]
        if done.status_code != 200:
            assert (done.status_code, done.json["message"]) == (409, said.json["data"]["message"])
        return said.json["data"]

    return ask


@pytest.mark.parametrize(
    ("statuses", "open_loans"),
    [
        ([], 0),
        (["COMPLETED", "WRITTEN_OFF", "CANCELED", "REJECTED", "DELETED"], 0),
        *(([status, "COMPLETED"], 1) for status in ("DRAFT", "PENDING_APPROVAL", "APPROVED", "ACTIVE", "DEFAULTED")),
        (["ACTIVE", "DRAFT"], 2),
    ],
)
def test_of_a_member_the_answer_is_what_the_deletion_does(a_member, a_loan, asked_and_done, statuses, open_loans):
    member = a_member()
    for status in statuses:
        a_loan(member, status)
    said = asked_and_done("unionMember", f"/union-members/{member.id}")
    assert said["dependencies"] == NOTHING | {"loans": open_loans}
    assert said["canDelete"] is (open_loans == 0)
    assert [(item["type"], item["count"]) for item in said["items"]] == ([("loans", open_loans)] if open_loans else [])
    assert len(said["suggestions"]) == len(said["items"])


@pytest.mark.parametrize("members", [0, 1, 2])
@pytest.mark.parametrize("loans", [0, 1])
@pytest.mark.parametrize("are_gone", [False, True])
def test_of_a_union_the_answer_is_what_the_deletion_does(
    client, admin, a_union, a_member, a_loan, asked_and_done, members, loans, are_gone
):
    union = a_union()
    people = [a_member(union_id=union.id) for _ in range(members)]
    for member in people:
        for _ in range(loans):
            a_loan(member, "COMPLETED")
        if are_gone:
            assert client.delete(f"/union-members/{member.id}", headers=admin.headers).status_code == 200
    said = asked_and_done("union", f"/unions/{union.id}")
    expected = {"members": 0 if are_gone else members, "loans": members * loans}
    assert said["dependencies"] == NOTHING | expected
    assert said["items"] == [item for item in said["items"] if item["count"] == expected[item["type"]] > 0]
    assert said["canDelete"] is not any(expected.values())


@pytest.mark.parametrize("kind", ["union", "unionMember"])
def test_only_admins_ask_and_what_is_absent_is_not_found(client, admin, supervisor, officer, a_member, kind):
    member = a_member()
    path = f"/backup/dependencies/{kind}"
    one = member.union_id if kind == "union" else member.id
    for who in (supervisor, officer):
        assert client.get(f"{path}/{one}", headers=who.headers).status_code == 403
    assert client.get(f"{path}/{one}").status_code == 401
    for absent in (new_id(), "1", member.union_id if kind == "unionMember" else member.id):
        assert client.get(f"{path}/{absent}", headers=admin.headers).status_code == 404
    client.delete(f"/union-members/{member.id}", headers=admin.headers)
    client.delete(f"/unions/{member.union_id}", headers=admin.headers)
    assert client.get(f"{path}/{one}", headers=admin.headers).status_code == 404
