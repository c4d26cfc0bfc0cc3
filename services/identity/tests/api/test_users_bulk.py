import csv
import io
from datetime import timedelta

import orjson
import pytest

from services.identity.models import User
from services.identity.tests.conftest import AT, PASSWORD, give_union
from shared.context import Role
from shared.web import exports

NEW = {"email": "new@example.org", "firstName": "Ngozi", "lastName": "Eze", "role": "CREDIT_OFFICER"}


@pytest.fixture
def take_in(client, admin):
    """Sends an import and returns the report."""

    def send(rows=None, *, file=None, name="staff.csv", query=""):
        body = {"json": {"users": rows}} if file is None else {"data": {"file": (io.BytesIO(file), name)}}
        return client.post(f"/users/import{query}", headers=admin.headers, **body)

    return send


def verdicts(answer):
    return [row["verdict"] for row in answer.json["data"]["rows"]]


def test_many_are_switched_off_at_once(client, admin, officer, a_user):
    body = {"userIds": [str(officer.id), str(a_user(is_active=False).id)], "operation": "deactivate"}
    answer = client.post("/users/bulk-operation", json=body, headers=admin.headers)
    assert answer.status_code == 200
    assert (answer.json["data"]["requestedCount"], answer.json["data"]["affectedCount"]) == (2, 1)
    assert client.get("/auth/me", headers=officer.headers).status_code == 401


def test_an_operation_on_an_officer_with_unions_is_a_conflict_that_names_them(client, admin, a_user, work):
    officer = a_user()
    with work() as uow:
        give_union(uow, officer)
    body = {"userIds": [str(officer.id)], "operation": "delete"}
    answer = client.post("/users/bulk-operation", json=body, headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "has-dependants")
    assert "Market Women" in answer.json["message"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"operation": "assignBranch", "data": {"branchId": "x"}}, "Validation failed"),
        ({"operation": "changeRole"}, "which role"),
        ({"operation": "promote"}, "Validation failed"),
        ({"userIds": []}, "Validation failed"),
        ({"userIds": ["x"]}, "Validation failed"),
    ],
)
def test_a_bulk_operation_that_makes_no_sense_is_refused(client, admin, officer, changes, says):
    body = {"userIds": [str(officer.id)], "operation": "activate"} | changes
    answer = client.post("/users/bulk-operation", json=body, headers=admin.headers)
    assert answer.status_code == 400
    assert says in answer.json["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "bulk-operation"),
        ("get", "export"),
        ("post", "import"),
        ("delete", "{id}"),
        ("put", "{id}/reset-password"),
    ],
)
def test_only_admins_do_this(client, officer, supervisor, method, path):
    for who in (officer, supervisor):
        answer = getattr(client, method)(f"/users/{path.format(id=officer.id)}", json={}, headers=who.headers)
        assert answer.status_code == 403


def test_an_export_narrows_like_the_list_and_leaves_out_counters_and_the_deleted(client, admin, officer, a_user):
    a_user(deleted_at=AT)
    rows = client.get("/users/export?role=CREDIT_OFFICER", headers=admin.headers).json["data"]
    assert [row["id"] for row in rows] == [str(officer.id)]


@pytest.mark.parametrize(("file_format", "start"), [("xlsx", b"PK"), ("pdf", b"%PDF")])
def test_staff_are_exported_for_people_too(client, admin, officer, file_format, start):
    answer = client.get(f"/users/export?format={file_format}", headers=admin.headers)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.data.startswith(start)
    assert client.get(f"/users/export?format={file_format}", headers=officer.headers).status_code == 403


def test_an_exported_table_cannot_run_formulas_and_changes_nothing_when_imported(client, admin, take_in, work, a_user):
    supervisor = a_user(Role.SUPERVISOR, email="super@example.org")
    a_user(email="ada@example.org", first_name="=HYPERLINK(1)", phone="+2348012345678", supervisor_id=supervisor.id)
    exported = client.get("/users/export?format=csv", headers=admin.headers)
    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert exported.headers["Content-Disposition"] == "attachment; filename=users.csv"
    [ada] = [row for row in csv.DictReader(io.StringIO(exported.text)) if row["email"] == "ada@example.org"]
    assert (ada["firstName"], ada["phone"], ada["supervisorEmail"]) == (
        "'=HYPERLINK(1)", "'+2348012345678", "super@example.org",
    )  # fmt: skip
    with work() as uow:
        # As the first admin is, whom nobody asked for a name.
        uow.session.get(User, admin.id).first_name = None
    exported = client.get("/users/export?format=csv", headers=admin.headers)
    assert set(verdicts(take_in(file=exported.data))) == {"unchanged"}
    rows = client.get("/users/export", headers=admin.headers).json["data"]
    assert set(verdicts(take_in(rows))) == {"unchanged"}
    with work() as uow:
        assert {user.version for user in uow.session.query(User)} == {1}


def test_a_table_is_taken_in_with_a_verdict_for_each_row(take_in, a_user):
    a_user(email="known@example.org", phone="1", address="Here")
    table = (
        "email,firstName,lastName,role,phone,isActive,password\r\n"
        "new@example.org,Ngozi,Eze,CREDIT_OFFICER,,TRUE,\r\n"
        "KNOWN@example.org,Ada,Obi,CREDIT_OFFICER,,true,\r\n"
        "bad@example.org,Ada,Obi,KING,,,\r\n"
        "weak@example.org,Ada,Obi,ADMIN,,,short\r\n"
        ",Ada,Obi,ADMIN,,,\r\n"
    )
    answer = take_in(file=table.encode())
    assert answer.status_code == 200, answer.json
    assert verdicts(answer) == ["created", "updated", "failed", "failed", "failed"]
    data = answer.json["data"]
    assert [data[name] for name in ("created", "updated", "unchanged", "failed")] == [1, 1, 0, 3]
    assert [error["email"] for error in data["errors"]] == ["bad@example.org", "weak@example.org", ""]
    assert data["errors"][0]["error"].startswith("role: ")
    assert "at least 8 characters" in data["errors"][1]["error"]
    assert verdicts(take_in(file=table.encode()))[:2] == ["unchanged", "unchanged"]


def test_who_is_imported_with_a_password_signs_in_with_it_and_keeps_theirs(client, take_in):
    assert verdicts(take_in([NEW | {"password": PASSWORD}])) == ["created"]
    assert verdicts(take_in([NEW | {"password": "another good one"}])) == ["unchanged"]
    login = client.post("/auth/login", json={"email": NEW["email"], "password": PASSWORD})
    assert login.status_code == 200


def test_a_rehearsal_writes_nothing(take_in):
    first, second = (take_in([NEW | {"password": PASSWORD}], query="?dryRun=true") for _ in range(2))
    assert verdicts(first) == verdicts(second) == ["created"]
    assert first.json["data"]["dryRun"] is True
    assert "X-Events" not in first.headers


@pytest.mark.parametrize("content", [{"users": [NEW]}, [NEW]], ids=["object", "list"])
def test_a_file_of_json_is_taken_in_too(take_in, content):
    assert verdicts(take_in(file=orjson.dumps(content), name="staff.JSON")) == ["created"]


@pytest.mark.parametrize(
    ("file", "name", "status"),
    [
        (b"email\r\nx@example.org", "staff.xlsx", 415),
        (b"PK\x03\x04\x00\xff\xfe", "staff.csv", 415),
        (b"email\r\nx\x00", "staff.csv", 415),
        (b"{", "staff.json", 400),
        (b'{"users": 1}', "staff.json", 400),
        (b"", "staff.csv", 400),
        (b"email\r\n", "staff.csv", 400),
        (b'email\r\n"open', "staff.csv", 400),
        (b"email\r\n" + b"a@example.org\r\n" * 501, "staff.csv", 400),
        (b"email\r\n" + b"x" * (5 * 1024 * 1024 + 100_000), "staff.csv", 413),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_is_none_is_refused(take_in, file, name, status):
    answer = take_in(file=file, name=name)
    assert answer.status_code == status, answer.json
    assert answer.json["message"]


@pytest.mark.parametrize(
    "rows", [[], "x", [NEW] * 501, None, [NEW | {"email": f"{n}@x.org", "password": PASSWORD} for n in range(21)]]
)
def test_a_list_that_is_none_or_too_long_is_refused(take_in, rows):
    assert take_in(rows).status_code == 400


NAMELESS = {"email": "nameless@example.org", "role": "ADMIN", "lastName": ""}


@pytest.mark.parametrize("row", [None, 1, "x", [], {}, {"email": {}}, NAMELESS, NEW | {"supervisorEmail": 1}])
def test_a_row_that_is_none_fails_alone(take_in, row):
    assert verdicts(take_in([row, NEW])) == ["failed", "created"]


def test_the_same_import_sent_twice_is_done_once_and_a_rehearsal_does_not_count(client, admin):
    def send(table, query=""):
        form = {"file": (io.BytesIO(table), "staff.csv")}
        headers = admin.headers | {"Idempotency-Key": "import-1"}
        return client.post(f"/users/import{query}", data=form, headers=headers)

    table = b"email,firstName,lastName,role\r\nnew@example.org,Ngozi,Eze,ADMIN\r\n"
    assert verdicts(send(table, "?dryRun=true")) == ["created"]
    first, second = send(table), send(table)
    assert first.json == second.json
    assert second.headers["Idempotent-Replay"] == "true"
    assert send(table.replace(b"Ngozi", b"Ada")).status_code == 422


def test_an_import_sets_nothing_but_what_it_may(take_in, work):
    extra = {"id": "0199b3a1-5c00-7000-8000-0000000000a1", "loginCount": 9, "deletedAt": AT.isoformat(), "version": 7}
    take_in([NEW | extra | {"profileImage": "/uploads/identity/x.png", "createdAt": "2001-01-01"}])
    with work() as uow:
        made = uow.session.query(User).filter_by(email=NEW["email"]).one()
    assert (made.login_count, made.deleted_at, made.version, made.profile_image) == (0, None, 1, None)
    assert str(made.id) != extra["id"]
    assert made.created_at > AT + timedelta(days=1)


def test_giving_a_union_is_for_the_service_that_has_them(client, admin, officer):
    body = {"userIds": [str(officer.id)], "operation": "assignBranch", "data": {"branchId": str(officer.id)}}
    answer = client.post("/users/bulk-operation", json=body, headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (421, "unions-assigned-elsewhere")


def test_an_export_is_whole_or_refused(client, admin, a_user, monkeypatch):
    for _ in range(3):
        a_user()
    monkeypatch.setattr(exports, "MAX_IN_JSON", 3)
    refused = client.get("/users/export", headers=admin.headers)
    assert (refused.status_code, refused.json["code"]) == (422, "too-many-rows")
    assert "take them as CSV" in refused.json["message"]
    table = client.get("/users/export?format=csv", headers=admin.headers).data.decode("utf-8-sig").splitlines()
    monkeypatch.setattr(exports, "MAX_IN_JSON", len(table) - 1)
    assert len(client.get("/users/export", headers=admin.headers).json["data"]) == len(table) - 1 >= 4
    head = client.head("/users/export?format=csv", headers=admin.headers)
    assert (head.status_code, head.headers["Content-Disposition"]) == (200, "attachment; filename=users.csv")
    assert "X-Events" not in head.headers
