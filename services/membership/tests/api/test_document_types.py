import pytest

from services.membership.consumers import handlers
from services.membership.domain.document_type import document_type_code
from shared.clock import now
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json


@pytest.fixture
def make(client, admin):
    def make(**body):
        return client.post("/documents/types", json=body, headers=admin.headers)

    return make


def names(client, who, query=""):
    answer = client.get(f"/documents/types{query}", headers=who.headers)
    return [row["name"] for row in answer.json["data"]]


def test_types_are_listed_by_name_and_the_inactive_ones_to_admins_who_ask(client, make, admin, officer):
    ids = {name: make(name=name).json["data"]["id"] for name in ("passport", "Driving licence", "Letter")}
    answer = client.put(f"/documents/types/{ids['Letter']}", json={"isActive": False}, headers=admin.headers)
    assert answer.json["data"]["isActive"] is False
    assert "membership.document_type.updated.v1=" in answer.headers["X-Events"]
    assert names(client, officer) == names(client, admin) == ["Driving licence", "passport"]
    assert names(client, admin, "?includeInactive=true") == ["Driving licence", "Letter", "passport"]
    assert names(client, officer, "?includeInactive=true") == ["Driving licence", "passport"]
    shown = client.get(f"/documents/types/{ids['Letter']}", headers=officer.headers)
    assert shown.json["data"]["name"] == "Letter"


def test_codes_are_made_from_names_and_numbered_where_taken(make):
    names = ("National ID", "Nation-al I.D. card", "national idx", "\u5b57")
    codes = [make(name=name).json["data"]["code"] for name in names]
    assert codes == ["NATIONAL", "NATIONAL01", "NATIONAL02", "TYPE"]
    taken = {"A"} | {f"A{number:02d}" for number in range(1, 100)}
    assert document_type_code("a", taken) == "A100"


def test_names_are_needed_and_unique_however_they_are_written(client, make, admin):
    for body in ({}, {"name": ""}, {"name": "  "}, {"name": None}):
        answer = make(**body)
        assert (answer.status_code, answer.json["message"]) == (400, "Name is required")
    first, second = make(name="Passport").json["data"], make(name="Letter").json["data"]
    again = make(name="PASSPORT")
    assert (again.status_code, again.json["message"]) == (409, "Document type with this name already exists")
    path = f"/documents/types/{second['id']}"
    for changes, status in (
        ({"name": "passport"}, 409), ({"name": ""}, 400), ({"code": first["code"]}, 409), ({"code": "a b"}, 400),
        ({"name": "letter", "description": "Of guarantee"}, 200),
    ):  # fmt: skip
        assert client.put(path, json=changes, headers=admin.headers).status_code == status


def test_only_admins_change_types(client, make, officer, supervisor):
    path = f"/documents/types/{make(name='Letter').json['data']['id']}"
    for who in (officer, supervisor):
        assert client.post("/documents/types", json={"name": "a"}, headers=who.headers).status_code == 403
        assert client.put(path, json={"name": "a"}, headers=who.headers).status_code == 403
        assert client.delete(path, headers=who.headers).status_code == 403


def test_a_deleted_type_is_gone_and_its_name_is_free(client, make, admin):
    path = f"/documents/types/{make(name='Letter').json['data']['id']}"
    gone = client.delete(path, headers=admin.headers)
    assert (gone.status_code, gone.json["data"]) == (200, None)
    assert "membership.document_type.deleted.v1=" in gone.headers["X-Events"]
    assert client.get(path, headers=admin.headers).status_code == 404
    assert client.delete(path, headers=admin.headers).status_code == 404
    assert make(name="Letter").status_code == 201


def test_a_type_that_a_document_of_a_loan_has_is_in_use_whatever_order_the_news_come_in(client, make, admin, sessions):
    type_id = make(name="Letter").json["data"]["id"]
    path = f"/documents/types/{type_id}"
    document_id = new_id()
    document = {"document_id": str(document_id), "loan_id": str(new_id()), "document_type_id": type_id}

    def deliver_event(event, version):
        event_type = f"lending.document.{event}.v1"
        envelope = Envelope(
            new_id(), event_type, "lending", document_id, version, now(), None, None, None, in_json(document)
        )
        deliver(sessions, handlers, [envelope])

    deliver_event("uploaded", 1)
    refused = client.delete(path, headers=admin.headers)
    assert refused.status_code == 409
    assert refused.json["message"] == "Cannot delete document type that is being used by existing documents"
    deliver_event("deleted", 2)
    deliver_event("uploaded", 1)
    assert client.delete(path, headers=admin.headers).status_code == 200
