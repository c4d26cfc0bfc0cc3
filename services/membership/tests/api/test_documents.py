"""Documents and pictures of members over HTTP."""

import io
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from shared.clock import now
from shared.ids import new_id
from shared.storage import unclaimed
from shared.storage.backends import make_storage
from shared.storage.keys import key_of, new_key
from shared.storage.links import LIFETIME, Bearer, Links
from shared.storage.tests.samples import PDF, picture

PNG = picture("PNG")


@pytest.fixture
def passport(client, admin):
    """The id of a document type."""
    return client.post("/documents/types", json={"name": "Passport"}, headers=admin.headers).json["data"]["id"]


@pytest.fixture
def send(client, passport):
    """Sends a file as a document of a member."""

    def send(member, who, content=PDF, name="passport.pdf", headers=None, **fields):
        form = {"file": (io.BytesIO(content), name), "documentTypeId": passport} | fields
        path = f"/documents/union-member/{getattr(member, 'id', member)}"
        headers = who.headers | (headers or {})
        return client.post(path, data=form, headers=headers, content_type="multipart/form-data")

    return send


@pytest.fixture
def a_document(send, a_member, officer):
    """A document of a member of `officer`, as it was answered."""
    return send(a_member(), officer).json["data"]


def stored_files(settings):
    return [path for path in Path(settings.storage_folder).rglob("*") if path.is_file()]


def test_a_document_is_added_listed_and_shown_with_its_member(client, officer, send, a_member):
    member = a_member()
    said = {"issuingAuthority": "NIS", "issueDate": "2024-01-02", "expiryDate": "2034-01-01", "description": "Page 1"}
    answer = send(member, officer, name="../Ada's pass\u00e9.PDF", **said)
    assert answer.status_code == 201
    document = answer.json["data"]
    assert (document["fileName"], document["mimeType"], document["fileSize"]) == (
        "Ada's pass\u00e9.pdf", "application/pdf", len(PDF)
    )  # fmt: skip
    assert (document["issueDate"], document["expiryDate"]) == ("2024-01-02T00:00:00.000Z", "2034-01-01T00:00:00.000Z")
    assert (document["verified"], document["unionMemberId"]) == (False, str(member.id))
    assert (document["documentType"]["code"], document["uploadedBy"]["id"]) == ("PASSPORT", str(officer.id))

    newer = send(member, officer, PNG, "face.png").json["data"]
    listed = client.get(f"/documents/union-member/{member.id}", headers=officer.headers)
    assert [row["id"] for row in listed.json["data"]] == [newer["id"], document["id"]]
    detail = client.get(f"/union-members/{member.id}", headers=officer.headers).json["data"]
    assert ([row["id"] for row in detail["documents"]], detail["_count"]["documents"]) == (
        [newer["id"], document["id"]], 2
    )  # fmt: skip


def test_empty_fields_say_nothing_and_faulty_ones_are_named(send, a_member, officer):
    member = a_member()
    assert send(member, officer, issueDate="", description="").status_code == 201
    for fields, name in (
        ({"documentTypeId": ""}, "documentTypeId"),
        ({"issueDate": "2024-02-30"}, "issueDate"),
        ({"issueDate": "2024-02-02", "expiryDate": "2024-02-01"}, "expiryDate"),
        ({"file": "not a file"}, "file"),
    ):
        answer = send(member, officer, **fields)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, name)
    unknown = send(member, officer, documentTypeId=str(new_id()))
    assert (unknown.status_code, unknown.json["message"]) == (404, "Document type not found")


def test_what_is_too_large_or_of_another_type_is_refused_and_not_kept(app, send, a_member, officer, settings):
    member, before = a_member(), len(stored_files(settings))
    for content, name, status in (
        (b"a" * (settings.max_file_size + 1), "a.pdf", 413),
        (b"a" * (settings.max_file_size + 1024 * 1024), "a.pdf", 413),
        (b"<html></html>", "a.html", 415),
        (b"GIF89a/*<script>*/", "a.gif", 415),
        (b"", "a.pdf", 415),
    ):
        answer = send(member, officer, content, name)
        assert (answer.status_code, answer.json["success"]) == (status, False)
        assert answer.json["message"]
    assert len(stored_files(settings)) == before


def test_json_is_no_document(client, a_member, officer):
    answer = client.post(f"/documents/union-member/{a_member().id}", json={}, headers=officer.headers)
    assert answer.status_code == 415


def test_pictures_are_kept_without_where_they_were_taken(client, send, a_member, officer):
    taken = picture("JPEG", place=True)
    document = send(a_member(), officer, taken, "face.jpg").json["data"]
    served = client.get(f"/documents/serve/{document['id']}", headers=officer.headers)
    assert b"ACME" in taken
    assert b"ACME" not in served.data
    assert (len(served.data), served.mimetype) == (document["fileSize"], "image/jpeg")


def test_the_same_upload_with_the_same_key_is_one_document(client, send, a_member, officer):
    member, key = a_member(), {"Idempotency-Key": "upload-1"}
    first, again = (send(member, officer, headers=key) for _ in range(2))
    assert (again.json["data"]["id"], again.headers["Idempotent-Replay"]) == (first.json["data"]["id"], "true")
    assert send(member, officer, PNG, "face.png", headers=key).status_code == 422
    listed = client.get(f"/documents/union-member/{member.id}", headers=officer.headers).json["data"]
    assert len(listed) == 1


def test_documents_out_of_scope_look_absent(client, send, a_member, a_document, other_officer, officer):
    member_id, document_id = a_document["unionMemberId"], a_document["id"]
    headers, absent = other_officer.headers, new_id()
    assert send(member_id, other_officer).status_code == 404
    for method, path in (
        ("get", "/documents/union-member/{member}"),
        ("get", "/documents/serve/{document}"),
        ("delete", "/documents/union-member/{member}/{document}"),
    ):
        theirs = getattr(client, method)(path.format(member=member_id, document=document_id), headers=headers)
        nobodys = getattr(client, method)(path.format(member=absent, document=absent), headers=headers)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json["message"] == nobodys.json["message"]
    assert client.get(f"/documents/serve/{document_id}").status_code == 401


def test_a_document_of_another_member_is_not_deleted_with_this_ones_name(client, a_member, a_document, officer):
    path = f"/documents/union-member/{a_member().id}/{a_document['id']}"
    assert client.delete(path, headers=officer.headers).status_code == 404


def test_a_supervisor_verifies_and_an_officer_does_not(client, a_document, officer, supervisor):
    path, body = f"/documents/{a_document['id']}/verify", {"type": "unionMember", "verified": True}
    assert client.put(path, json=body, headers=officer.headers).status_code == 403
    answer = client.put(path, json=body | {"verificationNotes": "Seen"}, headers=supervisor.headers)
    document = answer.json["data"]
    assert (document["verified"], document["verificationNotes"]) == (True, "Seen")
    assert document["unionMember"]["id"] == a_document["unionMemberId"]
    undone = client.put(path, json=body | {"verified": False}, headers=supervisor.headers)
    assert undone.json["data"]["verified"] is False
    assert client.put(path, json=body | {"type": "loan"}, headers=supervisor.headers).status_code == 404
    assert client.put(path, json=body | {"type": "house"}, headers=supervisor.headers).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/documents/{document}?type=unionMember",
        "/documents/union-member/{member}/{document}",
        "/union-members/{member}/documents/{document}",
    ],
)
def test_a_deleted_document_is_gone_for_everybody_and_its_link_is_dead(client, a_document, supervisor, officer, path):
    link = urlsplit(a_document["fileUrl"])._replace(scheme="", netloc="").geturl().removeprefix("/api")
    assert client.get(link).status_code == 200
    path = path.format(document=a_document["id"], member=a_document["unionMemberId"])
    assert client.delete(path, headers=supervisor.headers).json["data"] is None
    assert client.delete(path, headers=supervisor.headers).status_code == 404
    assert client.get(link).status_code == 404
    assert client.get(f"/documents/serve/{a_document['id']}", headers=officer.headers).status_code == 404
    listed = client.get(f"/documents/union-member/{a_document['unionMemberId']}", headers=officer.headers)
    assert listed.json["data"] == []


def test_a_kind_must_be_named_to_delete_by_id(client, a_document, admin, officer):
    path = f"/documents/{a_document['id']}"
    assert client.delete(path, headers=admin.headers).status_code == 400
    assert client.delete(f"{path}?type=house", headers=admin.headers).status_code == 400
    assert client.delete(f"{path}?type=unionMember", headers=officer.headers).status_code == 403


def test_a_document_travels_in_safe_headers(client, send, a_member, officer):
    document = send(a_member(), officer, name="Chidi; \u2013 1.pdf").json["data"]
    served = client.get(f"/documents/serve/{document['id']}", headers=officer.headers)
    assert served.data == PDF
    assert served.headers["Content-Disposition"] == (
        "inline; filename=\"Chidi; _ 1.pdf\"; filename*=UTF-8''Chidi%3B%20%E2%80%93%201.pdf"
    )
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Cache-Control"] == "private, max-age=300"
    assert "default-src 'none'" in served.headers["Content-Security-Policy"]
    head = client.head(f"/documents/serve/{document['id']}", headers=officer.headers)
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(PDF))


def test_a_row_whose_bytes_are_gone_answers_404(client, a_document, officer, settings):
    for path in stored_files(settings):
        path.unlink()
    assert client.get(f"/documents/serve/{a_document['id']}", headers=officer.headers).status_code == 404


def link_of(document):
    return urlsplit(document["fileUrl"])._replace(scheme="", netloc="").geturl().removeprefix("/api")


def test_a_link_dies_when_its_document_is_no_longer_for_who_got_it(
    client, a_document, officer, other_officer, admin, supervisor
):
    member_id, people = a_document["unionMemberId"], (officer, supervisor, admin)
    listed = [client.get(f"/documents/union-member/{member_id}", headers=who.headers).json["data"] for who in people]
    links = [link_of(document) for [document] in listed]
    assert [client.get(link).status_code for link in links] == [200, 200, 200]
    union_id = client.get(f"/union-members/{member_id}", headers=admin.headers).json["data"]["unionId"]
    body = {"creditOfficerId": str(other_officer.id), "reason": "Moved"}
    assert client.put(f"/unions/{union_id}", json=body, headers=admin.headers).status_code == 200
    assert [client.get(link).status_code for link in links] == [404, 404, 200]


@pytest.mark.parametrize("change", ["is_active = false", "is_deleted = true", "role = 'SUPERVISOR'"])
def test_a_link_is_judged_by_what_its_bearer_is_now(client, a_document, officer, sessions, change):
    link = link_of(a_document)
    assert client.get(link).status_code == 200
    with sessions.begin() as session:
        session.execute(text(f"UPDATE directory_staff SET {change} WHERE id = :id"), {"id": officer.id})
    assert client.get(link).status_code == 404


def test_a_link_opens_its_document_only_for_an_hour_and_only_while_its_session_lives(
    client, a_document, send, officer, settings, sessions
):
    another = send(a_document["unionMemberId"], officer).json["data"]
    links, bearer = Links(settings.internal_secret, "", "membership"), Bearer(officer.id, officer.actor.session_id)

    def of(document_id, at):
        return links.url(document_id, bearer, at).removeprefix("/api")

    good = of(a_document["id"], now())
    assert a_document["fileUrl"].startswith(f"{settings.public_url}/api/documents/serve/{a_document['id']}?")
    assert client.get(good).data == PDF
    assert client.head(good).content_length == len(PDF)
    forged = Links("another secret" * 3, "", "membership").url(a_document["id"], bearer, now())
    for bad in (
        of(a_document["id"], now() - LIFETIME - timedelta(seconds=1)),
        good.replace("expires=1", "expires=2"),
        good.replace(str(officer.actor.session_id), str(new_id())),
        good.replace(str(officer.id), str(new_id())),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.replace(a_document["id"], another["id"]),
        forged.removeprefix("/api"),
        Links(settings.internal_secret, "", "lending").url(a_document["id"], bearer, now())[4:],
        f"/documents/serve/{a_document['id']}?signature=\u00e9",
        f"/documents/serve/{a_document['id']}?signature=",
    ):
        answer = client.get(bad)
        assert (answer.status_code, answer.json["message"]) == (404, "Document not found")
    query = urlsplit(good).query
    assert client.put(f"/documents/{a_document['id']}/verify?{query}", json={}).status_code == 401
    assert client.delete(f"/documents/{a_document['id']}?type=unionMember&{query}").status_code == 401
    with sessions.begin() as session:
        ended = {"id": officer.actor.session_id, "at": now() + timedelta(days=7)}
        session.execute(text("INSERT INTO revoked_session (session_id, expires_at) VALUES (:id, :at)"), ended)
    assert client.get(good).status_code == 404


def test_a_picture_is_shown_to_everybody_and_the_former_one_let_go(client, app, a_member, officer, sessions, settings):
    member = a_member()
    shown = []
    for _ in range(2):
        form = {"file": (io.BytesIO(picture("PNG", place=True)), "me.png"), "type": "profile"}
        answer = client.post(f"/documents/union-member/{member.id}/profile", data=form, headers=officer.headers)
        assert answer.status_code == 200, answer.json
        assert answer.json["data"]["url"] == answer.json["data"]["profileImage"]
        shown.append(answer.json["data"]["url"])
    detail = client.get(f"/union-members/{member.id}", headers=officer.headers).json["data"]
    assert detail["profileImage"] == shown[1]
    served = client.get(shown[1].removeprefix(settings.public_url).replace("/membership", ""))
    assert (served.status_code, served.mimetype) == (200, "image/png")
    assert b"ACME" not in served.data
    assert served.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert served.headers["Cache-Control"] == "public, max-age=3600"

    with sessions.begin() as session:
        session.execute(text("UPDATE unclaimed_file SET noted_at = now() - interval '61 minutes'"))
    assert unclaimed.sweep(sessions, make_storage(settings, "membership")) == 1
    codes = [client.get(url.removeprefix(settings.public_url).replace("/membership", "")).status_code for url in shown]
    assert codes == [404, 200]


def test_a_picture_is_a_picture_and_small(client, a_member, officer):
    path = f"/documents/union-member/{a_member().id}/profile"
    for content, name, status in ((PDF, "me.pdf", 415), (PNG + b"a" * 5 * 1024 * 1024, "me.png", 413)):
        answer = client.post(path, data={"file": (io.BytesIO(content), name)}, headers=officer.headers)
        assert answer.status_code == status


def test_private_files_are_not_among_the_public_ones(client, a_document, settings):
    names = [path.name for path in stored_files(settings) if "documents" in path.parts]
    assert names
    for name in [*names, "..%2f..%2fdocuments%2f" + names[0], "a.png", "%00"]:
        assert client.get(f"/uploads/{name}").status_code == 404


def test_a_file_that_cannot_be_removed_keeps_no_other(sessions, settings):
    storage = make_storage(settings, "membership")
    stuck, gone = (new_key("documents", "pdf") for _ in range(2))
    for key in (stuck, gone):
        with sessions.begin() as session:
            session.execute(text("UPDATE unclaimed_file SET noted_at = noted_at - interval '61 minutes'"))
            unclaimed.note(session.connection(), key)
            session.execute(text("UPDATE unclaimed_file SET noted_at = noted_at - interval '61 minutes'"))
    # A folder that has something in it cannot be removed as a file.
    name = stuck.partition("/")[2]
    (Path(settings.storage_folder) / "membership" / "documents" / name[:2] / name / "inside").mkdir(parents=True)
    assert unclaimed.sweep(sessions, storage) == 2
    with sessions() as session:
        assert session.scalars(text("SELECT key FROM unclaimed_file")).all() == [stuck]


def test_bytes_whose_row_was_never_written_are_swept_and_others_are_not(
    client, send, a_member, officer, sessions, settings
):
    member, storage = a_member(), make_storage(settings, "membership")
    kept = send(member, officer).json["data"]["id"]
    before = len(stored_files(settings))
    # The type is unknown, so the transaction fails once the bytes are stored.
    assert send(member, officer, documentTypeId=str(new_id())).status_code == 404
    assert len(stored_files(settings)) == before + 1
    assert unclaimed.sweep(sessions, storage) == 0
    with sessions.begin() as session:
        session.execute(text("UPDATE unclaimed_file SET noted_at = now() - interval '61 minutes'"))
    assert unclaimed.sweep(sessions, storage) == 1
    assert len(stored_files(settings)) == before
    assert client.get(f"/documents/serve/{kept}", headers=officer.headers).data == PDF


def test_a_member_with_files_is_taken_in_by_one_form(client, a_union, officer, passport):
    form = {
        "firstName": "Ada", "lastName": "Obi", "unionId": str(a_union().id), "email": "", "documentTypeId": passport,
        "documents": [(io.BytesIO(PDF), "a.pdf"), (io.BytesIO(PNG), "b.png")], "profile": (io.BytesIO(PNG), "me.png"),
    }  # fmt: skip
    answer = client.post("/union-members", data=form, headers=officer.headers)
    assert answer.status_code == 201, answer.json
    detail = answer.json["data"]
    assert {row["fileName"] for row in detail["documents"]} == {"a.pdf", "b.png"}
    assert {row["documentType"]["name"] for row in detail["documents"]} == {"Passport"}
    assert key_of(urlsplit(detail["profileImage"]).path)
    assert answer.headers["X-Events"].count("membership.member.created.v1") == 1
    assert answer.headers["X-Events"].count("membership.audit.recorded.v1") == 3


def test_documents_of_a_new_member_may_say_nothing_of_their_type(client, a_union, officer):
    for _ in range(2):
        form = {"firstName": "Ada", "lastName": "Obi", "unionId": str(a_union().id)}
        form |= {"documents": (io.BytesIO(PDF), "a.pdf")}
        answer = client.post("/union-members", data=form, headers=officer.headers)
        assert [row["documentType"]["name"] for row in answer.json["data"]["documents"]] == ["Other"]


def test_parts_of_a_form_without_a_name_are_passed_over(client, officer, a_member):
    parts = [b'form-data; name=""\r\n\r\n-2836', b'form-data; name="type"\r\n\r\nprofile']
    form = b"".join(b"--edge\r\nContent-Disposition: " + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    answer = client.post(
        f"/documents/union-member/{a_member().id}/profile",
        data=form,
        content_type="multipart/form-data; boundary=edge",
        headers=officer.headers,
    )
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "file")
