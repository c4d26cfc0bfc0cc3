"""Moving, verifying and deleting members and unions, and asking for an e-mail address."""

import pytest

from services.membership.queries import counts
from services.membership.queries.loans import KeptLoan, add_loans
from shared import tally
from shared.ids import new_id
from shared.tally import EVERYBODY


@pytest.fixture
def a_loan(sessions):
    """Lets membership know of a loan of a member."""

    def make(member, status):
        with sessions.begin() as session:
            add_loans(session.connection(), [KeptLoan(new_id(), member.id, status, 1)])
            counts.loans_changed(session.connection(), {member.union_id: 1})

    return make


@pytest.fixture
def counted(sessions):
    """How many of a subject the tally knows for each owner."""

    def count(subject, *owners):
        with sessions() as session:
            return [tally.total(session.connection(), subject, [owner]) for owner in owners]

    return count


@pytest.mark.parametrize("status", ["DRAFT", "PENDING_APPROVAL", "APPROVED", "ACTIVE", "DEFAULTED"])
def test_a_member_with_an_open_loan_stays(client, admin, a_member, a_loan, status):
    member = a_member()
    a_loan(member, status)
    assert client.delete(f"/union-members/{member.id}", headers=admin.headers).status_code == 409


def test_a_member_without_open_loans_goes_and_their_email_is_free(
    client, officer, other_officer, a_member, a_loan, counted
):
    member = a_member(email="ada@example.com")
    a_loan(member, "COMPLETED")
    path = f"/union-members/{member.id}"
    assert client.delete(path, headers=other_officer.headers).status_code == 404
    gone = client.delete(path, headers=officer.headers)
    assert (gone.status_code, gone.json["data"]) == (200, None)
    assert gone.headers["X-Events"].count("membership.member.deleted.v1=") == 1
    assert client.get(path, headers=officer.headers).status_code == 404
    assert client.delete(path, headers=officer.headers).status_code == 404
    assert client.get("/union-members", headers=officer.headers).json["pagination"]["total"] == 0
    assert counted(counts.MEMBER, EVERYBODY, officer.id, member.union_id) == [0, 0, 0]
    a_member(email="ada@example.com")


def test_a_union_goes_once_it_is_empty(client, admin, officer, supervisor, a_union, a_member, a_loan, counted):
    union = a_union()
    member, path = a_member(union_id=union.id), f"/unions/{union.id}"
    for who in (officer, supervisor):
        assert client.delete(path, headers=who.headers).status_code == 403
    assert client.delete(path, headers=admin.headers).status_code == 409
    client.delete(f"/union-members/{member.id}", headers=admin.headers)
    gone = client.delete(path, headers=admin.headers)
    assert (gone.status_code, gone.json["data"]) == (200, None)
    assert "membership.union.deleted.v1=" in gone.headers["X-Events"]
    assert client.get(path, headers=admin.headers).status_code == 404
    assert client.delete(path, headers=admin.headers).status_code == 404
    assert counted(counts.UNION, EVERYBODY, officer.id) == [0, 0]


def test_a_union_whose_former_members_had_loans_stays(client, admin, a_member, a_loan):
    member = a_member()
    a_loan(member, "COMPLETED")
    assert client.delete(f"/union-members/{member.id}", headers=admin.headers).status_code == 200
    assert client.delete(f"/unions/{member.union_id}", headers=admin.headers).status_code == 409


def test_verification_is_switched_off_and_on_by_those_above_the_officer(client, supervisor, officer, a_member, sign_in):
    path = f"/union-members/{a_member().id}/toggle-verification"
    assert client.patch(path, headers=officer.headers).status_code == 403
    for is_verified, word in ((False, "set to pending"), (True, "approved")):
        answer = client.patch(path, headers=supervisor.headers)
        assert answer.json["data"]["isVerified"] is is_verified
        assert word in answer.json["message"]
        assert answer.headers["X-Events"].count("membership.audit.recorded.v1=") == 1


@pytest.mark.parametrize("name", ["newUnionId", "newBranchId"])
def test_an_admin_moves_a_member(client, admin, supervisor, other_officer, a_member, a_union, a_loan, counted, name):
    member, target = a_member(), a_union(officer_id=other_officer.id)
    a_loan(member, "ACTIVE")
    path, body = f"/union-members/{member.id}/reassign", {name: str(target.id), "reason": "Moved house"}
    assert client.post(path, json=body, headers=supervisor.headers).status_code == 403
    moved = client.post(path, json=body, headers=admin.headers)
    detail = moved.json["data"]
    assert (detail["unionId"], detail["currentOfficerId"]) == (str(target.id), str(other_officer.id))
    assert moved.headers["X-Events"].count("membership.member.updated.v1=") == 1
    assert moved.headers["X-Events"].count("membership.audit.recorded.v1=") == 1
    assert counted(counts.MEMBER, member.union_id, target.id) == [0, 1]
    assert counted(counts.LOAN, member.union_id, target.id) == [0, 1]
    assert client.post(path, json=body, headers=admin.headers).status_code == 409
    unknown = client.post(path, json={name: str(new_id())}, headers=admin.headers)
    assert (unknown.status_code, unknown.json["message"]) == (404, "Union not found")
    assert client.post(path, json={}, headers=admin.headers).status_code == 400


def test_everybody_may_ask_whether_an_email_address_is_taken(client, officer, a_member):
    member = a_member(email="ada@example.com")
    for query, exists in (
        ("email=ADA%40example.com", True),
        (f"email=ada%40example.com&excludeId={member.id}", False),
        ("email=bola%40example.com", False),
    ):
        answer = client.get(f"/union-members/check-email?{query}", headers=officer.headers).json
        assert answer["exists"] is answer["data"]["exists"] is exists
        assert answer["data"]["isUnique"] is not exists
    assert client.get("/union-members/check-email", headers=officer.headers).status_code == 400


def test_the_officer_named_for_a_move_has_to_be_that_of_the_union(
    client, admin, officer, other_officer, a_union, a_member
):
    member, target = a_member(), a_union(officer_id=other_officer.id)
    path = f"/union-members/{member.id}/reassign"
    for wrong in (officer.id, admin.id, new_id()):
        body = {"newBranchId": str(target.id), "newOfficerId": str(wrong)}
        refused = client.post(path, json=body, headers=admin.headers)
        assert (refused.status_code, refused.json["code"]) == (400, "officer-of-another-union")
    body = {"newBranchId": str(target.id), "newOfficerId": str(other_officer.id)}
    assert client.post(path, json=body, headers=admin.headers).status_code == 200
