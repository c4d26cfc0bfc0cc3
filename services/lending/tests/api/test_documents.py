"""Documents of loans and guarantors over HTTP."""

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.lending.consumers import handlers
from services.lending.domain.documents import guarantors
from services.lending.models import LoanDocument
from services.lending.tests.conftest import Member
from shared.clock import now
from shared.db import Sessions
from shared.documents import limits
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json
from shared.storage.tests.samples import PDF, docx, picture
from shared.testing import SignedIn


@pytest.fixture
def hear_type(sessions: Sessions) -> Callable[..., None]:
    """Lets lending hear of a document type."""

    def hear(type_id: UUID, name: str, version: int = 1, step: str = "created", is_active: bool = True) -> None:
        at = "2026-03-10T09:30:00+00:00"
        facts = {
            "document_type_id": str(type_id), "code": name.upper()[:8], "name": name, "description": None,
            "is_active": is_active, "created_at": at, "updated_at": at,
        }  # fmt: skip
        event_type = f"membership.document_type.{step}.v1"
        published = Envelope(
            new_id(), event_type, "membership", type_id, version, now(), None, None, None, in_json(facts)
        )
        deliver(sessions, handlers, [published])

    return hear


@pytest.fixture
def letter(hear_type: Callable[..., None]) -> UUID:
    """A document type."""
    type_id = new_id()
    hear_type(type_id, "Letter")
    return type_id


@pytest.fixture
def loan(client: FlaskClient, officer: SignedIn, a_member: Callable[..., Member]) -> dict[str, Any]:
    """A loan of a member of `officer`."""
    body = {"unionMemberId": str(a_member().id), "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"}
    made: dict[str, Any] = client.post("/loans", json=body, headers=officer.headers).json["data"]
    return made


@pytest.fixture
def send(client: FlaskClient, letter: UUID) -> Callable[..., TestResponse]:
    """Sends a file to a path below /documents."""

    def send(path: str, who: SignedIn, content: bytes = PDF, name: str = "letter.pdf", **fields: Any) -> TestResponse:
        form = {"file": (io.BytesIO(content), name), "documentTypeId": str(letter)} | fields
        headers = who.headers | fields.pop("headers", {})
        return client.post(f"/documents/{path}", data=form, headers=headers, content_type="multipart/form-data")

    return send


def test_documents_of_a_loan_and_of_its_guarantors_are_listed_and_shown_with_it(
    client: FlaskClient, officer: SignedIn, loan: dict[str, Any], send: Callable[..., TestResponse]
) -> None:
    path = f"loan/{loan['id']}"
    own = send(path, officer, description="Signed")
    assert own.status_code == 201
    assert "lending.document.uploaded.v1=" in own.headers["X-Events"]
    first = send(f"{path}/guarantor/g-17", officer, picture("JPEG"), "id.jpg")
    assert first.json["data"]["loan"]["loanNumber"] == loan["loanNumber"]
    second = send(f"{path}/guarantor/g-18", officer, docx(), "letter.docx", guarantorName="Bola Ade")
    third = send(f"{path}/guarantor/g-17", officer, PDF, "more.pdf")
    ids = [answer.json["data"]["id"] for answer in (third, second, first, own)]

    listed = client.get(f"/documents/{path}", headers=officer.headers).json["data"]
    assert [row["id"] for row in listed] == ids
    assert [row["guarantorId"] for row in listed] == ["g-17", "g-18", "g-17", None]
    theirs = client.get(f"/documents/{path}/guarantor/g-17", headers=officer.headers).json["data"]
    assert [row["id"] for row in theirs] == [ids[0], ids[2]]
    assert client.get(f"/documents/{path}/guarantor/g-19", headers=officer.headers).json["data"] == []

    detail = client.get(f"/loans/{loan['id']}", headers=officer.headers).json["data"]
    assert ([row["id"] for row in detail["documents"]], detail["_count"]["documents"]) == (ids, 4)
    shown = [(one["id"], one["name"], [row["id"] for row in one["documents"]]) for one in detail["guarantors"]]
    assert shown == [("g-17", "Guarantor 1", [ids[0], ids[2]]), ("g-18", "Bola Ade", [ids[1]])]


def test_a_name_given_later_is_the_name_of_the_guarantor() -> None:
    def brought(guarantor_id: str | None, name: str | None) -> LoanDocument:
        return LoanDocument(guarantor_id=guarantor_id, guarantor_name=name)

    newest_first = [
        brought("b", None),
        brought("a", "Bola"),
        brought(None, None),
        brought("a", "Bole"),
        brought("b", ""),
    ]
    assert [(one.id, one.name) for one in guarantors(newest_first)] == [("b", "Guarantor 1"), ("a", "Bola")]


def test_documents_follow_the_scope_of_their_loan(
    client: FlaskClient,
    officer: SignedIn,
    other_officer: SignedIn,
    supervisor: SignedIn,
    loan: dict[str, Any],
    send: Callable[..., TestResponse],
) -> None:
    path, absent = f"loan/{loan['id']}", f"loan/{new_id()}"
    document = send(path, supervisor).json["data"]
    for asked in (path, f"{path}/guarantor/g"):
        answers = [send(one, other_officer) for one in (asked, asked.replace(path, absent))]
        answers += [client.get(f"/documents/{one}", headers=other_officer.headers) for one in (asked, absent)]
        assert {(answer.status_code, answer.json["message"]) for answer in answers} == {(404, "Loan not found")}
    serve = f"/documents/serve/{document['id']}"
    assert client.get(serve, headers=other_officer.headers).status_code == 404
    for who in (officer, supervisor):
        served = client.get(serve, headers=who.headers)
        assert (served.status_code, served.data) == (200, PDF)


def test_a_link_opens_a_document_of_a_loan(
    client: FlaskClient, officer: SignedIn, loan: dict[str, Any], send: Callable[..., TestResponse]
) -> None:
    document = send(f"loan/{loan['id']}", officer, docx(), "letter.docx").json["data"]
    link = document["fileUrl"].partition("/api")[2]
    opened = client.get(link)
    assert (opened.status_code, opened.data) == (200, docx())
    assert opened.headers["Content-Disposition"].startswith("attachment; ")
    assert client.get(link[:-1]).status_code == 404
    assert client.get(link.partition("?")[0]).status_code == 401


def test_a_supervisor_verifies_and_deletes_and_an_officer_does_not(
    client: FlaskClient,
    officer: SignedIn,
    supervisor: SignedIn,
    loan: dict[str, Any],
    send: Callable[..., TestResponse],
) -> None:
    document_id = send(f"loan/{loan['id']}/guarantor/g", officer, guarantorName="Bola").json["data"]["id"]
    path, body = f"/documents/{document_id}", {"type": "loan", "verified": True, "verificationNotes": "Seen"}
    assert client.put(f"{path}/verify", json=body, headers=officer.headers).status_code == 403
    assert client.delete(f"{path}?type=loan", headers=officer.headers).status_code == 403
    answer = client.put(f"{path}/verify", json=body, headers=supervisor.headers).json["data"]
    assert (answer["verified"], answer["verificationNotes"], answer["guarantorId"]) == (True, "Seen", "g")
    # Another kind of document is membership's, and an unknown kind nobody's.
    for kind, status in (("unionMember", 404), ("house", 400)):
        assert client.delete(f"{path}?type={kind}", headers=supervisor.headers).status_code == status
        other = client.put(f"{path}/verify", json=body | {"type": kind}, headers=supervisor.headers)
        assert other.status_code == status
    gone = client.delete(f"{path}?type=loan", headers=supervisor.headers)
    assert (gone.status_code, gone.json["data"]) == (200, None)
    assert "lending.document.deleted.v1=" in gone.headers["X-Events"]
    assert client.delete(f"{path}?type=loan", headers=supervisor.headers).status_code == 404
    assert client.get(f"/documents/serve/{document_id}", headers=officer.headers).status_code == 404
    assert client.get(f"/loans/{loan['id']}", headers=officer.headers).json["data"]["guarantors"] == []


def test_types_are_those_membership_tells_of_whatever_order_the_news_come_in(
    client: FlaskClient,
    officer: SignedIn,
    loan: dict[str, Any],
    send: Callable[..., TestResponse],
    hear_type: Callable[..., None],
    letter: UUID,
) -> None:
    path = f"loan/{loan['id']}"
    assert send(path, officer).status_code == 201
    hear_type(letter, "Letter", version=3, step="updated", is_active=False)
    hear_type(letter, "Old letter", version=2, step="updated")
    refused = send(path, officer)
    assert (refused.status_code, refused.json["message"]) == (404, "Document type not found")
    hear_type(letter, "Letters", version=4, step="deleted")
    assert send(path, officer).status_code == 404
    [kept] = client.get(f"/documents/{path}", headers=officer.headers).json["data"]
    assert kept["documentType"]["name"] == "Letters"


def test_a_loan_has_only_so_many_documents(
    officer: SignedIn, loan: dict[str, Any], send: Callable[..., TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_DOCUMENTS", 2)
    statuses = [send(f"loan/{loan['id']}", officer).status_code for _ in range(3)]
    assert statuses == [201, 201, 409]


@pytest.mark.parametrize("guarantor_id", ["%0a", "%20", "g%00", "x" * 101, "%E2%80%AEx"])
def test_the_id_of_a_guarantor_is_something_to_read(
    officer: SignedIn, loan: dict[str, Any], send: Callable[..., TestResponse], guarantor_id: str
) -> None:
    assert send(f"loan/{loan['id']}/guarantor/{guarantor_id}", officer).status_code == 400


def test_a_key_makes_one_document_of_many_uploads(
    client: FlaskClient, officer: SignedIn, loan: dict[str, Any], send: Callable[..., TestResponse]
) -> None:
    path, key = f"loan/{loan['id']}", {"Idempotency-Key": "k1"}
    ids = {send(path, officer, headers=key).json["data"]["id"] for _ in range(3)}
    assert len(ids) == 1
    assert send(path, officer, description="Another", headers=key).status_code == 422
    assert len(client.get(f"/documents/{path}", headers=officer.headers).json["data"]) == 1
