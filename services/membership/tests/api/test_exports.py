"""Tables to be saved."""

import csv
import io
import json

import pytest
from sqlalchemy import text

from shared.web import exports


def table(answer):
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    text = answer.data.decode("utf-8-sig")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_members_are_exported_as_they_are_listed(client, officer, other_officer, supervisor, a_union, a_member):
    union = a_union(name='Market, "Women"')
    a_member(union_id=union.id, first_name="Ada", note="Line\r\nbreak", phone="+2348030000001")
    a_member(union_id=union.id, first_name="=1+1", email="bola@example.com")
    a_member(union_id=a_union(officer_id=other_officer.id).id, first_name="Other")
    for who in (officer, supervisor):
        rows = table(client.get("/union-members/export/csv", headers=who.headers))
        assert [row["First name"] for row in rows] == ["'=1+1", "Ada"]
    assert (rows[1]["Union"], rows[1]["Phone"], rows[1]["Note"]) == (
        'Market, "Women"', "'+2348030000001", "Line\r\nbreak"
    )  # fmt: skip
    found = table(client.get(f"/union-members/export/csv?search=bola&unionId={union.id}", headers=officer.headers))
    assert [row["E-mail"] for row in found] == ["bola@example.com"]
    as_json = client.get("/union-members/export/csv?format=json", headers=officer.headers)
    assert len(as_json.json["data"]) == 2
    assert table(client.get("/union-members/export/csv?search=nobody", headers=officer.headers)) == []


def test_unions_are_exported_as_they_are_listed(client, admin, officer, other_officer, a_union, a_member):
    union = a_union(name="@Market")
    a_member(union_id=union.id)
    a_union(officer_id=other_officer.id)
    [row] = table(client.get("/unions/export/csv", headers=officer.headers))
    assert (row["Name"], row["Members"], row["Loans"]) == ("'@Market", "1", "0")
    assert row["Officer e-mail"] == officer.actor.email
    assert len(table(client.get("/unions/export/csv", headers=admin.headers))) == 2
    filtered = client.get(f"/unions/export/csv?creditOfficerId={officer.id}", headers=admin.headers)
    assert len(table(filtered)) == 1
    as_json = client.get("/unions/export/csv?format=json&search=market", headers=admin.headers)
    assert len(as_json.json["data"]) == 2


@pytest.mark.parametrize("path", ["/unions/export/csv", "/union-members/export/csv"])
def test_there_are_two_formats(client, admin, path):
    assert client.get(f"{path}?format=xml", headers=admin.headers).status_code == 400


def test_a_table_is_longer_than_any_page(client, admin, a_union, sessions):
    union = a_union()
    with sessions.begin() as session:
        session.execute(
            text(
                """
                INSERT INTO members (id, code, first_name, last_name, is_verified, union_id, officer_id, search,
                                     version, created_by, created_at, updated_at)
                SELECT gen_random_uuid(), 'X' || number, 'Ada', 'Obi', true, :union_id, :officer_id, 'ada', 1,
                       :officer_id, now(), now()
                FROM generate_series(1, 3500) AS number
                """
            ),
            {"union_id": union.id, "officer_id": union.officer_id},
        )
    rows = table(client.get("/union-members/export/csv", headers=admin.headers))
    assert len({row["Code"] for row in rows}) == 3500


@pytest.mark.parametrize(("path", "form"), [("/export/csv", "csv"), ("/export/csv", "json"), ("/export", "xlsx")])
@pytest.mark.parametrize(
    ("things", "action", "entity_name"),
    [("/unions", "UNIONS_EXPORTED", "Union"), ("/union-members", "UNION_MEMBERS_EXPORTED", "UnionMember")],
)
def test_who_takes_people_out_of_here_leaves_an_entry(
    client, officer, a_union, a_member, sessions, things, path, form, action, entity_name
):
    path, union = f"{things}{path}", a_union()
    for _ in range(2):
        a_member(union_id=union.id)
    client.get(f"{path}?format={form}&search=zzz", headers=officer.headers)
    answer = client.get(f"{path}?format={form}", headers=officer.headers)
    assert answer.headers["X-Events"]
    with sessions() as session:
        bodies = session.execute(text("SELECT body FROM outbox WHERE type LIKE '%.audit.%' ORDER BY seq DESC LIMIT 2"))
        newest, before = (json.loads(body)["data"] for (body,) in bodies)
    count = 2 if entity_name == "UnionMember" else 1
    assert (newest["action"], newest["entity_name"], newest["actor_id"]) == (action, entity_name, str(officer.id))
    assert newest["metadata"] == {"method": "GET", "path": path, "format": form, "filters": {}, "count": count}
    assert (before["metadata"]["filters"], before["metadata"]["count"]) == ({"search": "zzz"}, 0)


@pytest.mark.parametrize("path", ["/unions/export", "/union-members/export"])
def test_lists_leave_as_files_of_three_formats(client, officer, other_officer, a_union, a_member, path):
    a_member(union_id=a_union(name="=1+1").id, first_name="Ṣẹ́gun")
    a_member(union_id=a_union(officer_id=other_officer.id, name="Others").id, first_name="Other")
    [row] = table(client.get(path, headers=officer.headers))
    assert row["Name" if path == "/unions/export" else "Union"] == "'=1+1"
    for file_format, start in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = client.get(f"{path}?format={file_format}", headers=officer.headers)
        assert answer.status_code == 200
        assert answer.data.startswith(start)
        assert "membership.audit.recorded.v1" in answer.headers["X-Events"]
    assert table(client.get(f"{path}?search=nobody", headers=officer.headers)) == []
    assert client.get(f"{path}?format=json", headers=officer.headers).status_code == 400


def test_an_export_as_json_is_whole_or_refused(client, officer, a_union, a_member, monkeypatch):
    union = a_union()
    for _ in range(3):
        a_member(union_id=union.id)
    for path, found in (("/union-members/export/csv", 3), ("/unions/export/csv", 1)):
        monkeypatch.setattr(exports, "MAX_IN_JSON", found)
        assert len(client.get(f"{path}?format=json", headers=officer.headers).json["data"]) == found
        monkeypatch.setattr(exports, "MAX_IN_JSON", found - 1)
        refused = client.get(f"{path}?format=json", headers=officer.headers)
        assert (refused.status_code, refused.json["code"]) == (422, "too-many-rows")
