"""Unions that are to go to another officer: asked for, carried out or called off."""

import pytest
from sqlalchemy import func, select, update

from services.membership.models import Member, UnionTransfer
from services.membership.queries.counts import loans_changed
from shared.context import Role
from shared.db import unit_of_work
from shared.directory.tables import directory_staff
from shared.ids import new_id
from shared.messaging.outbox import outbox


@pytest.fixture
def ask(client, admin):
    """Asks for the transfer of a union to an officer."""

    def post(union_id, officer_id, who=admin, **more):
        body = {"userId": str(officer_id), "toBranchId": str(union_id)} | more
        return client.post("/branch-transfers", json=body, headers=who.headers)

    return post


def test_a_transfer_waits_until_it_is_carried_out(client, admin, officer, other_officer, ask, a_union, a_member):
    member, former = a_member(), a_union(name="Weavers of Ikeja", officer_id=other_officer.id)
    asked = ask(
        member.union_id, other_officer.id, fromBranchId=str(former.id), reason="Nearer by", notes="From Monday on",
        effectiveDate="2026-04-01",
    )  # fmt: skip
    transfer = asked.json["data"]
    assert (asked.status_code, transfer["status"], transfer["userId"]) == (201, "PENDING", str(other_officer.id))
    assert (transfer["user"]["email"], transfer["user"]["role"]) == (other_officer.actor.email, "CREDIT_OFFICER")
    assert transfer["user"]["name"] == f"{transfer['user']['firstName']} {transfer['user']['lastName']}"
    assert (
        transfer["toBranch"] == transfer["branch"] == {"id": str(member.union_id), "name": "Market Women", "code": "MW"}
    )
    assert transfer["fromBranch"] == {"id": str(former.id), "name": "Weavers of Ikeja", "code": "WOI"}
    assert (transfer["effectiveDate"], transfer["createdBy"]) == (
        "2026-04-01T00:00:00.000Z", {"id": str(admin.id), "email": admin.actor.email}
    )  # fmt: skip
    assert (transfer["reason"], transfer["notes"], transfer["customersTransferred"]) == (
        "Nearer by",
        "From Monday on",
        0,
    )
    union = client.get(f"/unions/{member.union_id}", headers=admin.headers).json["data"]
    assert union["creditOfficerId"] == str(officer.id)


def test_carrying_a_transfer_out_is_assigning_the_union(
    client, sessions, admin, officer, other_officer, ask, a_union, a_member
):
    union_id = a_union().id
    members = [a_member(union_id=union_id) for _ in range(3)]
    with unit_of_work(sessions, "membership") as work:
        loans_changed(work.connection, {union_id: 2})
    transfer_id = ask(union_id, other_officer.id, reason="Nearer by").json["data"]["id"]
    done = client.post(f"/branch-transfers/{transfer_id}/execute", headers=admin.headers)
    answer = done.json["data"]
    assert (done.status_code, answer["status"]) == (200, "COMPLETED")
    moved = [answer[f"{name}Transferred"] for name in ("customers", "loans", "repayments")]
    assert moved == [3, 2, 0]
    with sessions() as session:
        officers = set(session.scalars(select(Member.officer_id).where(Member.id.in_([one.id for one in members]))))
        types = session.scalars(select(outbox.c.type).order_by(outbox.c.seq)).all()
        bodies = session.scalars(select(outbox.c.body).order_by(outbox.c.seq)).all()
    assert officers == {other_officer.id}
    assert types[-3:] == [
        "membership.union.assigned.v1",
        "membership.audit.recorded.v1",
        "membership.audit.recorded.v1",
    ]
    assert "UNION_ASSIGNED" in bodies[-2]
    assert "UNION_TRANSFER_EXECUTED" in bodies[-1]
    (line,) = client.get("/assignment-history", headers=admin.headers).json["data"]
    assert (line["branchId"], line["newManagerId"], line["reason"]) == (
        str(union_id), str(other_officer.id), "Nearer by"
    )  # fmt: skip
    assert client.get("/unions", headers=officer.headers).json["data"] == []


@pytest.mark.parametrize("first", ["execute", "cancel"])
@pytest.mark.parametrize("second", ["execute", "cancel"])
def test_a_transfer_ends_once(client, admin, other_officer, ask, a_union, first, second):
    path = f"/branch-transfers/{ask(a_union().id, other_officer.id).json['data']['id']}"
    assert client.post(f"{path}/{first}", headers=admin.headers).status_code == 200
    refused = client.post(f"{path}/{second}", headers=admin.headers)
    assert (refused.status_code, refused.json["code"]) == (409, "transfer-ended")
    status = client.get(path, headers=admin.headers).json["data"]["status"]
    assert status == ("COMPLETED" if first == "execute" else "CANCELLED")


def test_a_transfer_called_off_moves_nothing(client, admin, officer, other_officer, ask, a_union):
    union_id = a_union().id
    transfer_id = ask(union_id, other_officer.id).json["data"]["id"]
    client.post(f"/branch-transfers/{transfer_id}/cancel", headers=admin.headers)
    union = client.get(f"/unions/{union_id}", headers=admin.headers).json["data"]
    assert union["creditOfficerId"] == str(officer.id)
    assert client.get("/assignment-history", headers=admin.headers).json["data"] == []


def test_an_officer_who_has_the_union_already_gets_nothing_more(client, admin, officer, ask, a_member):
    transfer_id = ask(a_member().union_id, officer.id).json["data"]["id"]
    done = client.post(f"/branch-transfers/{transfer_id}/execute", headers=admin.headers).json["data"]
    assert (done["status"], done["customersTransferred"]) == ("COMPLETED", 0)
    assert client.get("/assignment-history", headers=admin.headers).json["data"] == []


def test_an_officer_who_left_meanwhile_gets_nothing(client, sessions, admin, officer, other_officer, ask, a_union):
    union_id = a_union().id
    path = f"/branch-transfers/{ask(union_id, other_officer.id).json['data']['id']}"
    with sessions.begin() as session:
        left = update(directory_staff).where(directory_staff.c.id == other_officer.id)
        session.execute(left.values(is_active=False))
    refused = client.post(f"{path}/execute", headers=admin.headers)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "userId")
    assert client.get(path, headers=admin.headers).json["data"]["status"] == "PENDING"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"userId": None}, 400, "userId"),
        ({"toBranchId": "7"}, 400, "toBranchId"),
        ({"effectiveDate": "soon"}, 400, "effectiveDate"),
        ({"reason": "x" * 501}, 400, "reason"),
        ({"userId": str(new_id())}, 404, "userId"),
    ],
)
def test_a_transfer_needs_an_officer_and_a_union(ask, a_union, other_officer, changes, status, field):
    refused = ask(a_union().id, other_officer.id, **changes)
    assert (refused.status_code, [error["field"] for error in refused.json["errors"]]) == (status, [field])


def test_a_transfer_goes_to_a_credit_officer_and_from_elsewhere(sessions, ask, a_union, supervisor, other_officer):
    union = a_union()
    refused = ask(union.id, supervisor.id)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "userId")
    refused = ask(union.id, other_officer.id, fromBranchId=str(union.id))
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "toBranchId")
    for unknown in ({"toBranchId": str(new_id())}, {"fromBranchId": str(new_id())}):
        refused = ask(union.id, other_officer.id, **unknown)
        assert (refused.status_code, refused.json["message"]) == (404, "Branch not found")
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(UnionTransfer)) == 0


def test_what_older_pages_leave_empty_is_not_given(ask, a_union, other_officer):
    made = ask(a_union().id, other_officer.id, fromBranchId="", reason="", effectiveDate="", notes="")
    transfer = made.json["data"]
    assert (made.status_code, transfer["fromBranch"], transfer["reason"], transfer["notes"]) == (201, None, None, None)


def test_a_transfer_is_asked_for_once_under_one_key(client, sessions, admin, other_officer, a_union):
    body = {"userId": str(other_officer.id), "toBranchId": str(a_union().id)}
    headers = admin.headers | {"Idempotency-Key": "transfer-1"}
    first, second = (client.post("/branch-transfers", json=body, headers=headers) for _ in range(2))
    assert (second.status_code, second.json) == (201, first.json)
    assert len(client.get("/branch-transfers", headers=admin.headers).json["data"]["transfers"]) == 1


def test_transfers_are_listed_newest_first_by_status_and_by_whose_they_are(
    client, admin, supervisor, officer, other_officer, sign_in, ask, a_union
):
    ours, theirs = a_union(), a_union(officer_id=other_officer.id)
    leaves = ask(ours.id, other_officer.id).json["data"]["id"]
    stays = ask(theirs.id, other_officer.id).json["data"]["id"]
    client.post(f"/branch-transfers/{stays}/cancel", headers=admin.headers)

    def listed(who, query=""):
        answer = client.get(f"/branch-transfers{query}", headers=who.headers).json
        return [row["id"] for row in answer["data"]["transfers"]], answer["pagination"]["total"]

    assert listed(admin) == ([stays, leaves], 2)
    assert listed(admin, "?limit=1&page=2") == ([leaves], 2)
    assert listed(admin, "?status=CANCELLED") == ([stays], 1)
    assert listed(supervisor) == ([leaves], 1)
    assert listed(sign_in(Role.SUPERVISOR)) == ([], 0)
    assert client.get(f"/branch-transfers/{stays}", headers=supervisor.headers).status_code == 404
    assert client.get("/branch-transfers?status=LOST", headers=admin.headers).json["pagination"]["total"] == 0


def test_supervisors_only_look_and_officers_do_not(client, ask, a_union, supervisor, officer, other_officer):
    union_id = a_union().id
    path = f"/branch-transfers/{ask(union_id, other_officer.id).json['data']['id']}"
    for who in (supervisor, officer):
        assert ask(union_id, other_officer.id, who=who).status_code == 403
        assert client.post(f"{path}/execute", headers=who.headers).status_code == 403
        assert client.post(f"{path}/cancel", headers=who.headers).status_code == 403
    assert client.get(path, headers=supervisor.headers).status_code == 200
    assert client.get(path, headers=officer.headers).status_code == 403
    assert client.get("/branch-transfers", headers=officer.headers).status_code == 403


def test_a_transfer_nobody_asked_for_is_not_found(client, admin, sessions):
    for method, path in (("get", ""), ("post", "/execute"), ("post", "/cancel")):
        refused = getattr(client, method)(f"/branch-transfers/{new_id()}{path}", headers=admin.headers)
        assert (refused.status_code, refused.json["message"]) == (404, "Branch transfer not found")


def test_a_page_of_transfers_takes_two_statements(client, admin, other_officer, ask, a_union, statements):
    for _ in range(3):
        ask(a_union().id, other_officer.id)
    client.get("/branch-transfers", headers=admin.headers)
    statements.clear()
    client.get("/branch-transfers", headers=admin.headers)
    assert len(statements) == 2
