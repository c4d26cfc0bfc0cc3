import pytest

from shared.context import Role
from shared.ids import new_id


def test_a_union_is_founded_shown_and_listed(client, admin, officer, supervisor):
    body = {"name": "Market Women", "creditOfficerId": str(officer.id), "location": "Surulere", "address": ""}
    made = client.post("/unions", json=body, headers=admin.headers)
    assert made.status_code == 201
    row = made.json["data"]
    assert (row["name"], row["location"], row["address"]) == ("Market Women", "Surulere", None)
    assert row["creditOfficer"]["email"] == officer.actor.email
    assert row["_count"] == {"unionMembers": 0, "loans": 0}

    shown = client.get(f"/unions/{row['id']}", headers=officer.headers)
    detail = shown.json["data"]
    assert detail["creditOfficer"]["supervisor"]["id"] == str(supervisor.id)

    listed = client.get("/unions?page=1&limit=20", headers=officer.headers)
    assert listed.json["data"] == [row]
    assert listed.json["pagination"] == {"page": 1, "limit": 20, "total": 1, "totalPages": 1, "pages": 1}


def test_the_row_counts_members(client, admin, a_member):
    member = a_member()
    shown = client.get(f"/unions/{member.union_id}", headers=admin.headers)
    assert shown.json["data"]["_count"] == {"unionMembers": 1, "loans": 0}


@pytest.fixture
def three_unions(a_union, other_officer):
    return [a_union(name="First"), a_union(name="Second"), a_union(name="Third", officer_id=other_officer.id)]


def names(client, signed_in, query=""):
    answer = client.get(f"/unions{query}", headers=signed_in.headers)
    assert answer.status_code == 200
    return [row["name"] for row in answer.json["data"]], answer.json["pagination"]["total"]


def test_everybody_sees_the_unions_of_their_scope_newest_first(
    client, admin, supervisor, officer, other_officer, sign_in, three_unions
):
    assert names(client, admin) == (["Third", "Second", "First"], 3)
    assert names(client, supervisor) == (["Second", "First"], 2)
    assert names(client, officer) == (["Second", "First"], 2)
    assert names(client, other_officer) == (["Third"], 1)
    assert names(client, sign_in(Role.SUPERVISOR)) == ([], 0)


def test_unions_are_listed_by_name_from_either_end(client, admin, supervisor, officer, three_unions):
    assert names(client, admin, "?order=name") == (["First", "Second", "Third"], 3)
    assert names(client, admin, "?order=name-reversed&page=1&limit=2") == (["Third", "Second"], 3)
    assert names(client, admin, "?order=oldest") == (["First", "Second", "Third"], 3)
    assert names(client, supervisor, "?order=name-reversed&search=s") == (["Second", "First"], 2)
    assert names(client, admin, f"?order=name&creditOfficerId={officer.id}") == (["First", "Second"], 2)
    assert client.get("/unions?order=size", headers=admin.headers).status_code == 400


def test_the_ids_of_unions_are_those_of_the_scope(
    client, admin, supervisor, officer, other_officer, sign_in, three_unions, statements
):
    def ids(signed_in):
        statements.clear()
        answer = client.get("/unions/ids", headers=signed_in.headers)
        listed = client.get("/unions", headers=signed_in.headers).json["data"]
        assert sorted(answer.json["data"]) == sorted(row["id"] for row in listed)
        return len(answer.json["data"])

    everybody = (admin, supervisor, officer, other_officer, sign_in(Role.SUPERVISOR))
    assert [ids(signed_in) for signed_in in everybody] == [3, 2, 2, 1, 0]


def test_a_filter_only_narrows_the_scope(client, admin, officer, other_officer, three_unions):
    of_other = f"?creditOfficerId={other_officer.id}"
    assert names(client, admin, of_other) == (["Third"], 1)
    assert names(client, officer, of_other) == ([], 0)
    assert names(client, officer, f"?creditOfficerId={officer.id}") == (["Second", "First"], 2)
    assert names(client, admin, "?creditOfficerId=") == (["Third", "Second", "First"], 3)


def test_pages_are_cut_and_know_the_total(client, admin, three_unions):
    assert names(client, admin, "?page=2&limit=2") == (["First"], 3)
    assert names(client, admin, "?page=9&limit=2") == ([], 3)
    assert names(client, admin, "?page=x&limit=-1") == (["Third"], 3)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        pytest.param("mARKET", ["Market Women 100%"], id="any case"),
        pytest.param("arke", ["Market Women 100%"], id="anywhere inside"),
        pytest.param("surulere", ["Market Women 100%"], id="the location"),
        pytest.param("broad", ["Tailors_Union"], id="the address"),
        pytest.param("women surulere", ["Market Women 100%"], id="all words"),
        pytest.param("women broad", [], id="not only one of them"),
        pytest.param("%", ["Market Women 100%"], id="percent is a character"),
        pytest.param("_", ["Tailors_Union"], id="underscore is a character"),
        pytest.param("\\", [], id="backslash is a character"),
        pytest.param("'; DROP TABLE unions; --", [], id="quotes are characters"),
    ],
)
def test_a_search_finds_what_contains_every_word(client, admin, a_union, search, found):
    a_union(name="Market Women 100%")
    a_union(name="Tailors_Union", location="Lekki", address="1 Broad Street")
    answer = client.get("/unions", query_string={"search": search}, headers=admin.headers)
    assert [row["name"] for row in answer.json["data"]] == found
    assert answer.json["pagination"]["total"] == len(found)


def test_changing_a_union_with_another_officer_assigns_it(client, admin, officer, other_officer, a_union):
    union = a_union()
    body = {"name": "Tailors", "location": "", "address": "1 Broad Street", "creditOfficerId": str(other_officer.id)}
    answer = client.put(f"/unions/{union.id}", json=body, headers=admin.headers)
    row = answer.json["data"]
    assert (row["name"], row["location"], row["creditOfficerId"]) == ("Tailors", None, str(other_officer.id))
    assert "membership.union.assigned.v1=" in answer.headers["X-Events"]
    assert client.get(f"/unions/{union.id}", headers=officer.headers).status_code == 404
    assert client.get(f"/unions/{union.id}", headers=other_officer.headers).status_code == 200


def test_assigning_shows_the_union_with_its_new_officer(client, admin, other_officer, a_union):
    body = {"creditOfficerId": str(other_officer.id)}
    answer = client.post(f"/unions/{a_union().id}/assign", json=body, headers=admin.headers)
    assert answer.status_code == 200
    assert answer.json["data"]["creditOfficer"]["id"] == str(other_officer.id)


def test_the_same_command_with_the_same_key_makes_one_union(client, admin, officer, sessions):
    body, headers = {"name": "Once", "creditOfficerId": str(officer.id)}, admin.headers | {"Idempotency-Key": "k1"}
    first, again = (client.post("/unions", json=body, headers=headers) for _ in range(2))
    assert first.json == again.json
    assert names(client, admin) == (["Once"], 1)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("post", "/unions", {Role.ADMIN, Role.SUPERVISOR}),
        ("put", "/unions/{id}", {Role.ADMIN}),
        ("post", "/unions/{id}/assign", {Role.ADMIN}),
    ],
)
def test_only_some_roles_write(client, sign_in, a_union, method, path, allowed):
    path = path.format(id=a_union().id)
    for role in Role:
        answer = getattr(client, method)(path, json={}, headers=sign_in(role).headers)
        assert (answer.status_code != 403) == (role in allowed)


def test_absent_and_out_of_scope_look_alike(client, other_officer, a_union):
    answers = [
        client.get(f"/unions/{union_id}", headers=other_officer.headers) for union_id in (a_union().id, new_id())
    ]
    assert {(answer.status_code, answer.json["message"]) for answer in answers} == {(404, "Union not found")}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": {"a": 1}}, "name"),
        ({"creditOfficerId": "1"}, "creditOfficerId"),
        ({"creditOfficerId": ["x"]}, "creditOfficerId"),
        ({"location": 5}, "location"),
    ],
)
def test_bad_input_names_the_field_and_leaves_nothing_behind(client, admin, officer, change, field):
    body = {"name": "Market Women", "creditOfficerId": str(officer.id)} | change
    answer = client.post("/unions", json=body, headers=admin.headers)
    assert (answer.status_code, answer.json["success"], answer.json["message"]) == (400, False, "Validation failed")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert names(client, admin) == ([], 0)


def test_an_unknown_officer_is_not_found(client, admin):
    answer = client.post("/unions", json={"name": "A", "creditOfficerId": str(new_id())}, headers=admin.headers)
    assert (answer.status_code, answer.json["message"]) == (404, "Credit officer not found")


def test_fields_nobody_may_set_have_no_effect(client, admin, officer):
    sneaked = {"id": str(new_id()), "createdAt": "2001-01-01T00:00:00.000Z", "deletedAt": "2001-01-01", "version": 9}
    body = {"name": "A", "creditOfficerId": str(officer.id)} | sneaked
    row = client.post("/unions", json=body, headers=admin.headers).json["data"]
    assert row["id"] != sneaked["id"]
    assert row["createdAt"] > "2020"


def test_without_a_token_nobody_comes_in(client):
    for path in ("/unions", "/union-members"):
        assert client.get(path).status_code == 401
