from uuid import uuid4

import pytest


@pytest.fixture
def write(client):
    """Writes a note on somebody, and returns it."""

    def post(by, about, **changes):
        body = {"userId": str(about.id), "title": "Punctual", "content": "Never late"} | changes
        answer = client.post("/notes", json=body, headers=by.headers)
        assert answer.status_code == 201, answer.json
        return answer.json["data"]

    return post


def listed(client, who, path="/notes", **query):
    answer = client.get(path, query_string=query, headers=who.headers)
    assert answer.status_code == 200, answer.json
    return [note["id"] for note in answer.json["data"]["notes"]]


def test_a_note_is_written_shown_changed_and_removed(client, write, supervisor, officer):
    note = write(supervisor, officer, category="training", isPrivate="true", createdByUserId=str(uuid4()))
    assert (note["category"], note["isPrivate"], note["createdByUserId"]) == ("training", True, str(supervisor.id))
    assert note["user"]["role"] == "CREDIT_OFFICER"
    assert note["createdBy"]["email"] == supervisor.actor.email
    path = f"/notes/{note['id']}"
    answer = client.put(path, json={"title": "Late", "userId": str(supervisor.id)}, headers=supervisor.headers)
    assert (answer.json["data"]["title"], answer.json["data"]["userId"]) == ("Late", str(officer.id))
    assert client.get(path, headers=supervisor.headers).json["data"]["title"] == "Late"
    assert client.delete(path, headers=supervisor.headers).json["data"] == {"success": True}
    assert client.get(path, headers=supervisor.headers).status_code == 404


def test_a_private_note_on_oneself_looks_absent_everywhere(client, write, supervisor, officer):
    note = write(supervisor, officer, isPrivate=True)
    assert listed(client, officer) == listed(client, officer, "/notes/category/general") == []
    assert client.get(f"/notes/user/{officer.id}", headers=officer.headers).json["data"] == []
    for method in (client.get, client.put, client.delete):
        answers = [method(f"/notes/{found}", headers=officer.headers, json={}) for found in (note["id"], uuid4())]
        assert {(answer.status_code, answer.json["message"]) for answer in answers} == {(404, "Note not found")}


def test_who_may_only_read_a_note_is_refused_to_change_it(client, write, supervisor, officer):
    path = f"/notes/{write(supervisor, officer)['id']}"
    assert client.get(path, headers=officer.headers).status_code == 200
    assert client.put(path, json={"title": "x"}, headers=officer.headers).status_code == 403
    assert client.delete(path, headers=officer.headers).status_code == 403


def test_nobody_writes_about_somebody_out_of_scope_who_looks_absent(client, officer, a_user):
    for user_id in (a_user().id, uuid4()):
        body = {"userId": str(user_id), "title": "x", "content": "x"}
        answer = client.post("/notes", json=body, headers=officer.headers)
        assert (answer.status_code, answer.json["message"]) == (404, "User not found")


def test_notes_are_listed_newest_first_by_page_and_filter(client, write, admin, supervisor, officer):
    ids = [write(admin, officer, category=category)["id"] for category in ("general", "training", "general")]
    assert listed(client, supervisor) == ids[::-1]
    assert listed(client, supervisor, limit=1, page=2) == [ids[1]]
    assert listed(client, supervisor, category="training") == [ids[1]]
    assert listed(client, supervisor, "/notes/category/general") == [ids[2], ids[0]]
    assert listed(client, supervisor, createdByUserId=str(admin.id), isPrivate="false") == ids[::-1]
    on_officer = client.get(f"/notes/user/{officer.id}", headers=supervisor.headers).json
    assert [note["id"] for note in on_officer["data"]] == ids[::-1]


def test_a_list_is_two_statements_however_long(client, write, admin, officer, statements):
    counts = []
    for _ in range(2):
        write(admin, officer)
        statements.clear()
        listed(client, admin)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 3


def test_categories_are_those_of_the_web_client(client, officer):
    categories = client.get("/notes/categories", headers=officer.headers).json["data"]
    assert categories == ["general", "performance", "customer_feedback", "training"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/notes", {"category": "gossip"}),
        ("post", "/notes", {"title": " "}),
        ("post", "/notes", {"title": "x" * 201}),
        ("post", "/notes", {"content": "x" * 5001}),
        ("post", "/notes", {"content": "a\x00b"}),
        ("post", "/notes", {"isPrivate": "maybe"}),
        ("post", "/notes", {"userId": "x"}),
        ("get", "/notes?isPrivate=maybe", None),
        ("get", "/notes?search=%00", None),
    ],
)
def test_what_makes_no_sense_is_refused(client, admin, officer, method, path, body):
    whole = body and {"userId": str(officer.id), "title": "x", "content": "x"} | body
    assert getattr(client, method)(path, json=whole, headers=admin.headers).status_code == 400


@pytest.mark.parametrize("path", ["/notes?category=gossip", "/notes/category/gossip", "/notes?userId=x"])
def test_what_no_note_is_about_finds_none(client, write, admin, officer, path):
    write(admin, officer, category="general")
    answer = client.get(path, headers=admin.headers)
    assert (answer.status_code, answer.json["data"]["notes"]) == (200, [])
