from datetime import timedelta
from uuid import uuid4

import pytest

from services.identity.models import User
from services.identity.tests.conftest import AT, PASSWORD, give_union
from shared.context import Role

BEN = {
    "email": "ben@example.org",
    "firstName": "Ben",
    "lastName": "Eze",
    "role": "CREDIT_OFFICER",
    "password": PASSWORD,
}


@pytest.fixture
def listed(client):
    """The ids of the staff somebody is shown."""

    def ask(who, **query):
        answer = client.get("/users", headers=who.headers, query_string=query)
        assert answer.status_code == 200, answer.json
        return [user["id"] for user in answer.json["data"]["users"]]

    return ask


def test_each_role_lists_its_own_scope(listed, admin, supervisor, officer, a_user):
    stranger = a_user()
    everybody = {str(who.id) for who in (admin, supervisor, officer, stranger)}
    assert set(listed(admin)) == everybody
    assert set(listed(supervisor)) == {str(supervisor.id), str(officer.id)}
    assert listed(officer) == [str(officer.id)]


def test_the_list_has_its_paging_inside_and_outside(client, admin, a_user):
    for _ in range(4):
        a_user()
    answer = client.get("/users?page=2&limit=2", headers=admin.headers).json
    expected = {"page": 2, "limit": 2, "total": 5, "pages": 3, "totalPages": 3}
    assert answer["pagination"] == expected
    assert answer["data"] | expected == answer["data"]
    assert len(answer["data"]["users"]) == 2


def test_the_newest_come_first(listed, admin, a_user, work):
    users = [a_user() for _ in range(3)]
    with work() as uow:
        for age, user in enumerate(users):
            uow.session.get(User, user.id).created_at = AT - timedelta(days=age)
    assert [found for found in listed(admin) if found != str(admin.id)] == [str(user.id) for user in users]


def test_staff_are_listed_by_name_or_by_when_they_signed_in(listed, client, admin, a_user, work):
    users = {name: a_user(first_name=name, last_name="Nwosu") for name in ("chidi", "Ada", "Ben")}
    named = {str(user.id): name for name, user in users.items()}
    with work() as uow:
        for days, name in enumerate(("Ben", "chidi")):
            uow.session.get(User, users[name].id).last_login_at = AT - timedelta(days=days)

    def ordered(order, **query):
        return [named[found] for found in listed(admin, order=order, **query) if found in named]

    assert ordered("name") == ["Ada", "Ben", "chidi"]
    assert ordered("name-reversed") == ["chidi", "Ben", "Ada"]
    assert ordered("last-sign-in") == ["Ben", "chidi", "Ada"]
    assert ordered("last-sign-in-reversed") == ["Ada", "chidi", "Ben"]
    assert ordered("oldest") == ordered("newest")[::-1]
    # Over all pages, and together with filters.
    first, second = (ordered("name", search="nwosu", page=page, limit=2) for page in (1, 2))
    assert (first, second) == (["Ada", "Ben"], ["chidi"])
    assert client.get("/users?order=height", headers=admin.headers).status_code == 400


@pytest.mark.parametrize(
    ("search", "found"),
    [("ada o", 1), ("OBI", 1), ("ada.obi@", 1), ("%", 1), ("_", 0), ("\\", 0), ("ada%obi", 0), ("nobody", 0)],
)
def test_a_search_is_literal_and_knows_the_full_name(listed, admin, a_user, work, search, found):
    with work() as uow:
        uow.session.get(User, admin.id).last_name = "100%"
    a_user(email="ada.obi@example.org", first_name="Ada", last_name="Obi")
    assert len(listed(admin, search=search)) == found


def test_filters_narrow_the_scope_and_never_widen_it(listed, admin, supervisor, officer, a_user):
    other = a_user(Role.SUPERVISOR, is_active=False)
    theirs = a_user(supervisor_id=other.id)
    assert listed(admin, role="BRANCH_MANAGER", isActive="true") == [str(supervisor.id)]
    assert listed(admin, isActive="false") == [str(other.id)]
    assert listed(admin, supervisorId=str(other.id)) == [str(theirs.id)]
    assert listed(supervisor, supervisorId=str(other.id)) == []
    assert listed(officer, role="ADMIN") == []


@pytest.mark.parametrize("query", ["isActive=perhaps", "search=%00"])
def test_a_filter_that_is_malformed_is_refused(client, admin, query):
    assert client.get(f"/users?{query}", headers=admin.headers).status_code == 400


@pytest.mark.parametrize("query", ["role=KING", "supervisorId=x"])
def test_a_filter_that_nobody_has_finds_nobody(client, admin, query):
    answer = client.get(f"/users?{query}", headers=admin.headers)
    assert (answer.status_code, answer.json["data"]["users"]) == (200, [])


def test_deleted_accounts_are_nowhere(client, listed, admin, a_user):
    gone = a_user(deleted_at=AT)
    assert str(gone.id) not in listed(admin)
    assert client.get(f"/users/{gone.id}", headers=admin.headers).status_code == 404


def test_an_account_is_shown_with_who_it_supervises(client, supervisor, officer, a_user):
    a_user(supervisor_id=supervisor.id, deleted_at=AT)
    detail = client.get(f"/users/{supervisor.id}", headers=supervisor.headers).json["data"]
    assert [found["id"] for found in detail["creditOfficers"]] == [str(officer.id)]


def test_out_of_scope_and_absent_look_alike(client, officer, supervisor, a_user):
    stranger = a_user()
    for who in (officer, supervisor):
        for method in (client.get, client.put):
            answers = [method(f"/users/{found}", headers=who.headers, json={}) for found in (stranger.id, uuid4())]
            seen = {(answer.status_code, answer.json["message"]) for answer in answers}
            assert seen == {(404, "User not found")}


def test_an_admin_takes_somebody_in_who_can_sign_in(client, admin, supervisor):
    body = BEN | {"supervisorId": str(supervisor.id), "phone": "", "id": str(uuid4()), "loginCount": 99}
    answer = client.post("/users", json=body, headers=admin.headers)
    assert answer.status_code == 201
    made = answer.json["data"]
    assert (made["supervisor"]["id"], made["phone"], made["loginCount"]) == (str(supervisor.id), None, 0)
    assert made["id"] != body["id"]
    assert "identity.user.created.v1=" in answer.headers["X-Events"]
    login = client.post("/auth/login", json={"email": BEN["email"], "password": PASSWORD})
    assert login.status_code == 200


def test_the_same_request_sent_twice_makes_one_account(client, admin):
    headers = admin.headers | {"Idempotency-Key": "take-in-ben"}
    first, second = (client.post("/users", json=BEN, headers=headers) for _ in range(2))
    assert first.json == second.json
    assert second.headers["Idempotent-Replay"] == "true"
    assert client.post("/users", json=BEN, headers=admin.headers).status_code == 409


def test_without_a_password_nobody_can_sign_in_yet(client, admin):
    body = {name: value for name, value in BEN.items() if name != "password"}
    assert client.post("/users", json=body, headers=admin.headers).status_code == 201
    assert client.post("/auth/login", json={"email": BEN["email"], "password": PASSWORD}).status_code == 401


def test_an_officer_takes_nobody_in_and_a_supervisor_officers_only(client, officer, supervisor):
    assert client.post("/users", json=BEN, headers=officer.headers).status_code == 403
    assert client.post("/users", json=BEN | {"role": "ADMIN"}, headers=supervisor.headers).status_code == 403
    answer = client.post("/users", json=BEN, headers=supervisor.headers)
    assert answer.json["data"]["supervisorId"] == str(supervisor.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "ben"}, "email"),
        ({"email": None}, "email"),
        ({"firstName": ""}, "firstName"),
        ({"lastName": "x" * 101}, "lastName"),
        ({"lastName": "\u202eEze"}, "lastName"),
        ({"role": "KING"}, "role"),
        ({"role": {}}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 73}, "password"),
        ({"supervisorId": "x"}, "supervisorId"),
        ({"supervisorId": []}, "supervisorId"),
        ({"supervisorId": str(uuid4())}, "supervisorId"),
        ({"isActive": "perhaps"}, "isActive"),
        ({"isActive": None}, "isActive"),
        ({"phone": {}}, "phone"),
    ],
)
def test_a_faulty_account_is_refused_with_the_field_at_fault(client, admin, listed, changes, field):
    answer = client.post("/users", json=BEN | changes, headers=admin.headers)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert listed(admin) == [str(admin.id)]


def test_an_admin_switches_somebody_off_at_once(client, admin, officer):
    answer = client.put(f"/users/{officer.id}", json={"isActive": False}, headers=admin.headers)
    assert (answer.status_code, answer.json["data"]["isActive"]) == (200, False)
    assert "identity.session.revoked.v1=" in answer.headers["X-Events"]
    assert client.get("/auth/me", headers=officer.headers).status_code == 401


def test_a_new_password_works_and_the_old_one_does_not(client, admin, officer):
    client.put(f"/users/{officer.id}", json={"password": "another horse"}, headers=admin.headers)
    statuses = [
        client.post("/auth/login", json={"email": officer.actor.email, "password": password}).status_code
        for password in ("another horse", PASSWORD)
    ]
    assert statuses == [200, 401]


def test_an_officer_saves_the_profile_form_with_its_own_address_in_it(client, officer):
    form = {"email": officer.actor.email, "firstName": "Adaeze", "phone": "", "role": "CREDIT_OFFICER", "password": ""}
    answer = client.put(f"/users/{officer.id}", json=form, headers=officer.headers)
    assert answer.json["data"]["firstName"] == "Adaeze"
    assert client.get("/auth/me", headers=officer.headers).json["data"]["firstName"] == "Adaeze"


@pytest.mark.parametrize(
    "changes", [{"role": "ADMIN"}, {"email": "x@example.org"}, {"isActive": False}, {"password": "another horse"}]
)
def test_an_officer_raises_itself_in_no_way(client, officer, changes):
    answer = client.put(f"/users/{officer.id}", json=changes, headers=officer.headers)
    assert answer.status_code == 403
    assert client.get("/auth/me", headers=officer.headers).json["data"]["role"] == "CREDIT_OFFICER"


@pytest.mark.parametrize("nobody", [None, "null", ""])
def test_a_supervisor_is_cleared_in_every_way_the_web_client_writes_it(client, admin, officer, nobody):
    answer = client.put(f"/users/{officer.id}", json={"supervisorId": nobody}, headers=admin.headers)
    assert answer.json["data"]["supervisor"] is None


def test_an_address_in_use_is_a_conflict(client, admin, officer):
    answer = client.put(f"/users/{officer.id}", json={"email": admin.actor.email}, headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "email-taken")


def test_an_officer_with_unions_is_not_switched_off(client, admin, a_user, work):
    officer = a_user()
    with work() as uow:
        give_union(uow, officer)
    answer = client.put(f"/users/{officer.id}", json={"isActive": False}, headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "officer-manages-unions")


@pytest.mark.parametrize("method", ["get", "put"])
def test_an_id_that_is_none_is_not_found(client, admin, method):
    answer = getattr(client, method)("/users/1%27--", headers=admin.headers, json={})
    assert answer.status_code == 404
    assert answer.json["success"] is False


@pytest.mark.parametrize(("method", "path"), [("get", "/users"), ("post", "/users"), ("get", f"/users/{uuid4()}")])
def test_strangers_see_nothing(client, method, path):
    assert getattr(client, method)(path, json=BEN).status_code == 401


def test_somebody_on_whom_nothing_depends_is_removed_at_once(client, listed, admin, officer):
    answer = client.delete(f"/users/{officer.id}", headers=admin.headers)
    assert (answer.status_code, answer.json["data"]) == (200, None)
    assert "identity.user.deleted.v1=" in answer.headers["X-Events"]
    assert client.get("/auth/me", headers=officer.headers).status_code == 401
    assert str(officer.id) not in listed(admin)
    assert client.delete(f"/users/{officer.id}", headers=admin.headers).status_code == 404
    body = BEN | {"email": officer.actor.email}
    assert client.post("/users", json=body, headers=admin.headers).status_code == 201


def test_what_depends_on_somebody_is_told_before_they_are_removed(client, admin, supervisor, officer, work, a_user):
    with work() as uow:
        give_union(uow, uow.session.get(User, officer.id))
    for who, reason in (
        (admin, "your own account"),
        (supervisor, "supervises 1 officer(s): Ada Obi"),
        (officer, "manages 1 union(s): Market Women"),
    ):
        answer = client.delete(f"/users/{who.id}", headers=admin.headers)
        assert answer.status_code == 409
        assert reason in answer.json["message"]


@pytest.mark.parametrize("role", list(Role))
def test_no_change_sets_what_is_not_for_it_to_set(client, admin, supervisor, officer, work, role):
    """Mass assignment: whatever else the body holds, only what the role may change does change."""
    who = {Role.ADMIN: admin, Role.SUPERVISOR: supervisor, Role.CREDIT_OFFICER: officer}[role]
    stray = {
        "id": str(uuid4()), "loginCount": 99, "version": 99, "deletedAt": AT.isoformat(), "createdAt": "2001-01-01",
        "passwordHash": "x", "password_hash": "x", "login_count": 99, "search": "x", "lastLoginAt": "2001-01-01",
    }  # fmt: skip
    with work() as uow:
        before = dict(uow.session.get(User, officer.id).__dict__)
    answer = client.put(f"/users/{officer.id}", json=stray | {"address": "Lagos"}, headers=who.headers)
    assert answer.status_code == 200
    with work() as uow:
        after = uow.session.get(User, officer.id).__dict__
    changed = {name for name, value in before.items() if name[0] != "_" and after[name] != value}
    assert changed == {"address", "version", "updated_at"}


def test_lists_take_two_statements_however_long_and_find_words_in_any_case(client, listed, admin, a_user, statements):
    counts = []
    for _ in range(2):
        a_user()
        statements.clear()
        assert listed(admin, search="ADA")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 3
