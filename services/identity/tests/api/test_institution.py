"""Settings: what is saved, who may, who is told, and what is refused."""

import json
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from services.identity.queries.institution import current_settings
from services.identity.settings import Settings
from services.identity.tests.conftest import Work, signed
from shared.db import Sessions
from shared.institution import letterhead_of
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.storage.unclaimed import unclaimed_file
from shared.testing import SignedIn, check_contract

PUBLIC = {"name", "logo", "loginLogo", "favicon", "theme", "maintenanceMode", "maintenanceMessage"}
THEME = {"light": {"primary": "#112233", "secondary": "#abc"}, "dark": {"primary": "#000", "secondary": "#ffffff"}}


def put(client: FlaskClient, who: SignedIn, path: str, **changes: Any) -> Any:
    return client.put(f"/settings/{path}", headers=who.headers, json=changes)


def published(sessions: Sessions) -> list[Envelope]:
    """The events of settings and the entries about them, in the order of telling."""
    with sessions() as session:
        bodies = session.execute(select(outbox.c.body).order_by(outbox.c.seq)).scalars()
        events = [Envelope.from_json(body) for body in bodies]
    return [
        event
        for event in events
        if event.type == "identity.settings.updated.v1" or event.data.get("entity_name") == "Settings"
    ]


def actions(sessions: Sessions) -> list[str]:
    return [event.data["action"] for event in published(sessions) if ".audit." in event.type]


def test_an_admin_reads_all_settings_which_start_with_the_defaults(client: FlaskClient, admin: SignedIn) -> None:
    settings = client.get("/settings/company", headers=admin.headers).json["data"]
    defaults = {
        "id": "default", "currency": "NGN", "currencySymbol": "₦", "dateFormat": "DD/MM/YYYY", "timeFormat": "24h",
        "timezone": "Africa/Lagos", "invoicePrefix": "INV-", "expensePrefix": "EXP-", "maintenanceMode": False,
    }  # fmt: skip
    assert settings | defaults == settings
    general = client.get("/settings/general", headers=admin.headers).json["data"]
    assert (general["maxLoginAttempts"], general["passwordMinLength"], general["allowRepaymentReversal"]) == (
        10,
        8,
        False,
    )
    system = client.get("/settings/system", headers=admin.headers).json["data"]
    assert (system["backupFrequency"], system["notificationSettings"]["emailNotifications"]) == ("disabled", True)


def test_others_read_the_public_part_signed_in_or_not(client: FlaskClient, officer: SignedIn) -> None:
    settings = client.get("/settings/company", headers=officer.headers).json["data"]
    assert settings.keys() == PUBLIC
    assert client.get("/settings/public").json["data"] == settings


@pytest.mark.parametrize("path", ["company", "general", "system"])
def test_only_admins_change_settings(
    client: FlaskClient, officer: SignedIn, supervisor: SignedIn, sessions: Sessions, path: str
) -> None:
    for who in (officer, supervisor):
        assert put(client, who, path, name="Mine").status_code == 403
        if path != "company":
            assert client.get(f"/settings/{path}", headers=who.headers).status_code == 403
    assert published(sessions) == []


def test_what_is_sent_is_saved_and_all_else_stays(client: FlaskClient, admin: SignedIn) -> None:
    form = {"name": "Potters & Co", "email": "Office@Example.org", "phone": "0800 1", "address": "1 Road", "logo": ""}
    answer = put(client, admin, "company", **form, theme=THEME, unknown="ignored")
    assert answer.status_code == 200
    saved = answer.json["data"]
    assert saved == client.get("/settings/company", headers=admin.headers).json["data"]
    assert saved | form | {"email": "office@example.org", "logo": None, "theme": THEME, "currency": "NGN"} == saved
    cleared = put(client, admin, "company", phone="", address=None, theme=None).json["data"]
    assert (cleared["phone"], cleared["address"], cleared["theme"], cleared["name"]) == (
        None,
        None,
        None,
        "Potters & Co",
    )


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("company", "name", ""), ("company", "name", "A\r\nBcc: all@example.org"), ("company", "email", "not one"),
        ("company", "email", "a@b.org\nBcc: x@y.org"), ("company", "currency", " "),
        ("company", "timezone", "Mars/Base"), ("company", "dateFormat", None), ("company", "invoicePrefix", ""),
        ("company", "theme", {"light": {}}), ("company", "logo", "javascript:alert(1)"),
        ("company", "logo", "http://10.0.0.1/logo.png"), ("company", "logo", "//evil.example.org/x.png"),
        ("company", "logo", "data:text/html;base64,PGI+"), ("general", "sessionTimeout", -1),
        ("general", "maxLoginAttempts", 0), ("general", "passwordMinLength", 7), ("general", "passwordMinLength", 1.5),
        ("general", "allowRegistration", "perhaps"), ("general", "systemName", ""),
        ("system", "backupFrequency", "now and then"), ("system", "logRetentionDays", 0),
        ("system", "maxFileSize", "big"), ("system", "allowedFileTypes", []), ("system", "allowedFileTypes", ["../x"]),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name_and_changes_nothing(
    client: FlaskClient, admin: SignedIn, sessions: Sessions, path: str, field: str, value: Any
) -> None:
    answer = put(client, admin, path, **{field: value})
    assert answer.status_code == 400
    assert answer.json["errors"], answer.json
    assert published(sessions) == []


def test_each_group_is_saved_and_told_with_all_the_others(
    client: FlaskClient, admin: SignedIn, sessions: Sessions
) -> None:
    put(client, admin, "company", name="Potters & Co")
    put(client, admin, "general", sessionTimeout="12", allowRepaymentReversal=True)
    put(client, admin, "system", logRetentionDays=30, notificationSettings={"emailNotifications": False})
    events = [event for event in published(sessions) if event.type == "identity.settings.updated.v1"]
    assert [event.version for event in events] == [1, 2, 3]
    assert len({event.aggregate_id for event in events}) == 1
    for event in events:
        check_contract(event)
    now_published = events[-1].data["settings"]
    expected = {
        "name": "Potters & Co",
        "sessionTimeout": 12,
        "allowRepaymentReversal": True,
        "logRetentionDays": 30,
    }
    assert now_published | expected == now_published
    assert now_published["notificationSettings"] == {
        "emailNotifications": False, "smsNotifications": False, "pushNotifications": False,
    }  # fmt: skip
    assert actions(sessions) == [
        "COMPANY_SETTINGS_UPDATED", "GENERAL_SETTINGS_UPDATED", "SECURITY_SETTINGS_UPDATED", "SYSTEM_SETTINGS_UPDATED",
    ]  # fmt: skip


def test_settings_sent_back_as_they_are_are_audited_and_not_told_again(
    client: FlaskClient, admin: SignedIn, sessions: Sessions
) -> None:
    put(client, admin, "general", **client.get("/settings/general", headers=admin.headers).json["data"])
    assert [event.type for event in published(sessions)] == ["identity.audit.recorded.v1"]


def test_maintenance_is_one_switch_in_both_places_and_leaves_an_entry_of_its_own(
    client: FlaskClient, admin: SignedIn, sessions: Sessions
) -> None:
    put(client, admin, "company", maintenanceMode=True, maintenanceMessage="Back at six.")
    assert client.get("/settings/general", headers=admin.headers).json["data"]["maintenanceMode"] is True
    put(client, admin, "general", maintenanceMode=False)
    assert client.get("/settings/public").json["data"]["maintenanceMode"] is False
    assert actions(sessions) == [
        "COMPANY_SETTINGS_UPDATED", "MAINTENANCE_ENABLED", "GENERAL_SETTINGS_UPDATED", "MAINTENANCE_DISABLED",
    ]  # fmt: skip


def test_of_changes_made_at_once_none_is_lost(client: FlaskClient, admin: SignedIn, app: Any, work: Work) -> None:
    fields = ["phone", "address", "invoicePrefix", "expensePrefix", "timeFormat", "currency", "currencySymbol", "name"]

    def change(field: str) -> int:
        return int(put(app.test_client(), admin, "company", **{field: "new"}).status_code)

    with ThreadPoolExecutor(len(fields)) as threads:
        assert set(threads.map(change, fields)) == {200}
    saved = client.get("/settings/company", headers=admin.headers).json["data"]
    assert {saved[field] for field in fields} == {"new"}
    with work() as uow:
        assert current_settings(uow.connection).version == len(fields)


def test_the_gateway_and_nobody_else_reads_the_settings_inside(client: FlaskClient, admin: SignedIn) -> None:
    put(client, admin, "general", maintenanceMode=True)
    kept = client.get("/internal/settings", headers=signed("/internal/settings")).json
    assert (kept["version"], kept["settings"]["maintenanceMode"]) == (1, True)
    assert client.get("/internal/settings", headers=admin.headers).status_code == 401


def a_picture(kind: str = "PNG", size: tuple[int, int] = (8, 8)) -> bytes:
    content = BytesIO()
    Image.new("RGB", size, "#336699").save(content, kind)
    return content.getvalue()


def upload(client: FlaskClient, who: SignedIn, path: str, field: str, content: bytes, name: str, **form: str) -> Any:
    return client.post(path, headers=who.headers, data={field: (BytesIO(content), name), **form})


def path_of(url: str) -> str:
    """What the gateway makes of the address of a picture, which names the service."""
    return url.removeprefix("http://localhost:8080").replace("/uploads/identity/", "/uploads/")


def test_a_logo_travels_small_to_those_who_print_it(client: FlaskClient, admin: SignedIn, sessions: Sessions) -> None:
    def published() -> Any:
        with sessions() as session:
            query = select(outbox.c.body).where(outbox.c.type == "identity.settings.updated.v1")
            [*_, body] = session.execute(query.order_by(outbox.c.seq)).scalars()
        return json.loads(body)["data"]["settings"]

    url = upload(client, admin, "/settings/upload", "file", a_picture(size=(2000, 1000)), "logo.png", type="logo").json
    printed = published()["printedLogo"]
    with Image.open(BytesIO(b64decode(printed))) as small:
        assert (small.format, small.size) == ("PNG", (330, 165))
    assert letterhead_of(published()).logo == b64decode(printed)
    put(client, admin, "company", logo=url["data"]["url"], name="Potters")
    assert (published()["name"], published()["printedLogo"]) == ("Potters", printed)
    put(client, admin, "company", logo="")
    assert published()["printedLogo"] is None
    assert "printedLogo" not in client.get("/settings/company", headers=admin.headers).json["data"]


def test_a_logo_that_is_sent_is_shown_to_everybody(client: FlaskClient, admin: SignedIn, sessions: Sessions) -> None:
    answer = upload(client, admin, "/settings/upload", "file", a_picture(), "logo.png", type="logo")
    assert answer.status_code == 200
    url = answer.json["data"]["url"]
    assert client.get("/settings/public").json["data"]["logo"] == url
    shown = client.get(path_of(url))
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert shown.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    # The web client sends the address back with its form.
    assert put(client, admin, "company", logo=url, name="Potters").json["data"]["logo"] == url
    assert actions(sessions) == ["COMPANY_SETTINGS_UPDATED", "COMPANY_SETTINGS_UPDATED"]


def test_the_pictures_that_are_replaced_are_let_go_of(
    client: FlaskClient, admin: SignedIn, sessions: Sessions, settings: Settings
) -> None:
    first = upload(client, admin, "/settings/upload", "file", a_picture(), "a.png").json["data"]["url"]
    upload(client, admin, "/settings/upload", "file", a_picture("JPEG"), "b.jpg", type="favicon")
    assert unclaimed(sessions) == []
    upload(client, admin, "/upload-branding", "logo", a_picture("WEBP"), "c.webp", type="logo")
    [key] = unclaimed(sessions)
    assert key.rpartition("/")[2] == first.rpartition("/")[2]
    assert any(Path(settings.storage_folder).rglob(key.rpartition("/")[2]))


def unclaimed(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(unclaimed_file.c.key)))


def test_branding_answers_where_the_theme_page_looks(client: FlaskClient, admin: SignedIn) -> None:
    answer = upload(client, admin, "/upload-branding", "logo", a_picture(), "logo.png", type="logo")
    assert answer.json["success"] is True
    assert answer.json["logoPath"] == client.get("/settings/public").json["data"]["logo"]


@pytest.mark.parametrize(
    ("content", "name", "kind", "status"),
    [
        pytest.param(b"<svg onload='alert(1)'></svg>", "logo.svg", "logo", 415, id="svg"),
        pytest.param(b"<html></html>", "logo.png", "logo", 415, id="a page under another name"),
        pytest.param(a_picture(), "logo.jpg", "logo", 415, id="a name that does not fit"),
        pytest.param(b"x" * (2 * 1024 * 1024 + 1), "logo.png", "logo", 413, id="too large"),
        pytest.param(a_picture(), "logo.png", "wallpaper", 400, id="for nothing we know"),
    ],
)
def test_what_is_no_picture_is_refused(
    client: FlaskClient, admin: SignedIn, sessions: Sessions, content: bytes, name: str, kind: str, status: int
) -> None:
    assert upload(client, admin, "/settings/upload", "file", content, name, type=kind).status_code == status
    assert published(sessions) == []


def test_only_admins_send_pictures(client: FlaskClient, officer: SignedIn) -> None:
    for path, field in (("/settings/upload", "file"), ("/upload-branding", "logo")):
        assert upload(client, officer, path, field, a_picture(), "logo.png").status_code == 403


def test_a_picture_written_out_in_the_form_becomes_one_with_an_address(client: FlaskClient, admin: SignedIn) -> None:
    inline = f"data:image/png;base64,{b64encode(a_picture()).decode()}"
    saved = put(client, admin, "company", logo=inline).json["data"]
    assert saved["logo"].startswith("http://localhost:8080/uploads/identity/")
    assert client.get(path_of(saved["logo"])).status_code == 200
    broken = f"data:image/png;base64,{b64encode(b'no picture').decode()}"
    assert put(client, admin, "company", logo=broken).status_code == 415


def test_a_picture_of_somebody_else_cannot_be_made_the_logo(client: FlaskClient, admin: SignedIn) -> None:
    """Otherwise it could be let go of with the next logo."""
    other = "/uploads/identity/" + "0" * 32 + ".png"
    answer = put(client, admin, "company", logo=other)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "logo"
