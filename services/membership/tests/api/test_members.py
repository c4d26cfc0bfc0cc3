import pytest

from shared.ids import new_id

ADA = {"firstName": "Ada", "lastName": "Obi"}


def test_a_member_is_taken_in_shown_and_listed(client, officer, a_union):
    union = a_union()
    facts = {
        "unionId": str(union.id), "email": " Ada@Example.COM ", "phone": "08030000001", "dateOfBirth": "1990-05-17",
        "gender": "FEMALE", "maritalStatus": "Married", "address": "", "city": "Lagos", "zipCode": "100001", "note": "",
    }  # fmt: skip
    made = client.post("/union-members", json=ADA | facts, headers=officer.headers)
    assert made.status_code == 201
    detail = made.json["data"]
    assert detail["code"].startswith("MEM")
    assert (detail["email"], detail["gender"], detail["maritalStatus"]) == ("ada@example.com", "female", "married")
    assert (detail["dateOfBirth"], detail["address"], detail["note"]) == ("1990-05-17T00:00:00.000Z", None, None)
    assert (detail["unionId"], detail["branchId"]) == (str(union.id), str(union.id))
    assert (detail["isVerified"], detail["currentOfficer"]["id"]) == (True, str(officer.id))
    assert detail["union"]["creditOfficer"]["supervisorId"] is not None
    assert (detail["documents"], detail["_count"]) == ([], {"loans": 0, "documents": 0})

    shown = client.get(f"/union-members/{detail['id']}", headers=officer.headers)
    assert shown.json["data"] == detail

    listed = client.get("/union-members?page=1&limit=20", headers=officer.headers)
    [row] = listed.json["data"]
    assert row["union"] == row["branch"] == {"id": str(union.id), "name": union.name, "location": union.location}
    assert listed.json["pagination"]["total"] == 1


def test_the_older_forms_of_the_web_client_are_understood(client, admin, officer, a_union):
    junk = {"documents": [{}, {}], "documentDescriptions": ["a", "b"], "profile": {}}
    body = ADA | junk | {"branchId": str(a_union().id), "currentOfficerId": "", "dateOfBirth": "", "email": ""}
    made = client.post("/union-members", json=body, headers=admin.headers)
    assert made.status_code == 201
    assert made.json["data"]["currentOfficerId"] == str(officer.id)


@pytest.fixture
def three_members(a_union, a_member, other_officer):
    first, second = a_union(), a_union(officer_id=other_officer.id)
    return [
        a_member(union_id=first.id, first_name="First", phone="0803 111"),
        a_member(union_id=first.id, first_name="Second", email="second@example.com"),
        a_member(union_id=second.id, first_name="Third"),
    ]


def names(client, signed_in, **query):
    answer = client.get("/union-members", query_string=query, headers=signed_in.headers)
    assert answer.status_code == 200
    return [row["firstName"] for row in answer.json["data"]], answer.json["pagination"]["total"]


def test_everybody_sees_the_members_of_their_scope_newest_first(
    client, admin, supervisor, officer, other_officer, three_members
):
    assert names(client, admin) == (["Third", "Second", "First"], 3)
    assert names(client, supervisor) == (["Second", "First"], 2)
    assert names(client, officer) == (["Second", "First"], 2)
    assert names(client, other_officer) == (["Third"], 1)


def test_a_filter_only_narrows_the_scope(client, admin, supervisor, officer, other_officer, three_members):
    first, second = three_members[0].union_id, three_members[2].union_id
    assert names(client, admin, unionId=second) == (["Third"], 1)
    assert names(client, supervisor, unionId=first) == (["Second", "First"], 2)
    assert names(client, officer, unionId=second) == ([], 0)
    assert names(client, admin, currentOfficerId=officer.id) == (["Second", "First"], 2)
    assert names(client, supervisor, currentOfficerId=officer.id) == (["Second", "First"], 2)
    assert names(client, officer, currentOfficerId=other_officer.id) == ([], 0)
    assert names(client, admin, unionId=first, currentOfficerId=other_officer.id) == ([], 0)
    assert names(client, admin, unionId=first, currentOfficerId=officer.id) == (["Second", "First"], 2)
    assert names(client, admin, unionId=new_id()) == ([], 0)


def test_the_total_is_exact_on_every_page(client, admin, officer, three_members):
    assert names(client, admin, page=2, limit=2) == (["First"], 3)
    assert names(client, admin, page=3, limit=2) == ([], 3)
    assert names(client, officer, page=3, limit=2, unionId=three_members[0].union_id) == ([], 2)
    assert names(client, admin, page=3, limit=2, search="example.com") == ([], 1)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("irs", ["First"]),
        ("obi second", ["Second"]),
        ("SECOND@EXAMPLE", ["Second"]),
        ("0803", ["First"]),
        ("MEM", ["Third", "Second", "First"]),
        ("%", []),
    ],
)
def test_a_search_finds_names_email_phone_and_code(client, admin, three_members, search, found):
    assert names(client, admin, search=search) == (found, len(found))


def test_a_search_stays_in_scope(client, other_officer, three_members):
    assert names(client, other_officer, search="obi") == (["Third"], 1)


def test_a_code_is_found(client, admin, three_members):
    assert names(client, admin, search=three_members[1].code) == (["Second"], 1)


def test_changing_a_member_clears_with_an_empty_text_and_keeps_what_is_absent(client, officer, a_member):
    member = a_member(phone="0803", city="Lagos", email="ada@example.com")
    body = {"phone": "", "currentOfficerId": str(officer.id), "unionId": ""}
    answer = client.put(f"/union-members/{member.id}", json=body, headers=officer.headers)
    detail = answer.json["data"]
    assert (detail["phone"], detail["city"], detail["email"]) == (None, "Lagos", "ada@example.com")


def test_a_member_keeps_their_own_email(client, admin, a_member):
    member = a_member(email="ada@example.com")
    answer = client.put(f"/union-members/{member.id}", json={"email": "ADA@example.com"}, headers=admin.headers)
    assert answer.status_code == 200


def test_a_taken_email_is_a_conflict(client, admin, a_member):
    a_member(email="ada@example.com")
    body = ADA | {"unionId": str(a_member().union_id), "email": "ADA@EXAMPLE.COM"}
    answer = client.post("/union-members", json=body, headers=admin.headers)
    assert (answer.status_code, answer.json["message"]) == (409, "Email already exists")


def test_moving_a_member_is_for_admins(client, admin, officer, a_member, a_union):
    member, target = a_member(), a_union()
    body = {"branchId": str(target.id)}
    refused = client.put(f"/union-members/{member.id}", json=body, headers=officer.headers)
    assert refused.status_code == 403
    moved = client.put(f"/union-members/{member.id}", json=body, headers=admin.headers)
    assert (moved.status_code, moved.json["data"]["unionId"]) == (200, str(target.id))


def test_absent_and_out_of_scope_look_alike(client, other_officer, a_member):
    hidden = (a_member().id, new_id())
    answers = [client.get(f"/union-members/{member_id}", headers=other_officer.headers) for member_id in hidden]
    answers += [
        client.put(f"/union-members/{member_id}", json={}, headers=other_officer.headers) for member_id in hidden
    ]
    assert {(answer.status_code, answer.json["message"]) for answer in answers} == {(404, "Union member not found")}


def test_a_member_joins_no_union_out_of_scope(client, other_officer, a_union):
    for union_id in (a_union().id, new_id()):
        answer = client.post("/union-members", json=ADA | {"unionId": str(union_id)}, headers=other_officer.headers)
        assert (answer.status_code, answer.json["message"]) == (404, "Union not found")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"firstName": ""}, "firstName"),
        ({"lastName": None}, "lastName"),
        ({"unionId": ""}, "unionId"),
        ({"unionId": "x"}, "unionId"),
        ({"currentOfficerId": 7}, "currentOfficerId"),
        ({"email": "nobody"}, "email"),
        ({"email": {"$ne": 1}}, "email"),
        ({"dateOfBirth": "1990-02-30"}, "dateOfBirth"),
        ({"dateOfBirth": 12}, "dateOfBirth"),
        ({"note": "x" * 2001}, "note"),
        ({"phone": "08\x00"}, "phone"),
    ],
)
def test_bad_input_names_the_field_and_leaves_nothing_behind(client, admin, a_union, change, field):
    body = ADA | {"unionId": str(a_union().id)} | change
    answer = client.post("/union-members", json=body, headers=admin.headers)
    assert (answer.status_code, answer.json["message"]) == (400, "Validation failed")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert names(client, admin) == ([], 0)


def test_a_child_is_refused(client, admin, a_union):
    body = ADA | {"unionId": str(a_union().id), "dateOfBirth": "2020-01-01"}
    answer = client.post("/union-members", json=body, headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (400, "member-too-young")


def test_fields_nobody_may_set_have_no_effect(client, admin, officer, a_member):
    member = a_member()
    sneaked = {"id": str(new_id()), "code": "MEM999999", "isVerified": False, "deletedAt": "2001-01-01", "search": "x"}
    answer = client.put(f"/union-members/{member.id}", json=sneaked, headers=admin.headers)
    detail = answer.json["data"]
    assert (detail["id"], detail["code"], detail["isVerified"]) == (str(member.id), member.code, True)


def test_a_page_of_members_takes_one_statement(client, admin, officer, supervisor, three_members, statements):
    for reader in (admin, supervisor, officer):
        names(client, reader)
        statements.clear()
        assert names(client, reader, page=1, limit=20)[0]
        assert len(statements) == 1, statements
