"""The mail server and the templates, over the API and with a real mail server."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from services.notifications.models import EmailSetting
from services.notifications.queries.templates import TEMPLATES
from services.notifications.settings import Settings
from services.notifications.tests.conftest import Work, published, queue_mail
from services.notifications.tests.mailbox import (
    PASSWORD,
    USER,
    curious_server,
    free_port,
    knows_the_postman,
    mail_server,
)
from services.notifications.usecases.delivery import send_due
from shared.clock import now
from shared.db import Sessions
from shared.testing import SignedIn

# The mail server of these tests asks for a password without encryption.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")

MASK = "********"
FORM = {
    "smtpHost": "Smtp.Example.org", "smtpPort": "2525", "smtpUsername": USER, "smtpPassword": PASSWORD,
    "smtpEncryption": "ssl", "fromEmail": "office@example.org", "fromName": "The Office", "enabled": True,
}  # fmt: skip


def put(client: FlaskClient, admin: SignedIn, **changes: Any) -> Any:
    return client.put("/settings/email", headers=admin.headers, json=changes)


def post(client: FlaskClient, admin: SignedIn, path: str, body: Any = None) -> Any:
    return client.post(f"/settings/{path}", headers=admin.headers, json=body if body is not None else {})


def get(client: FlaskClient, admin: SignedIn, path: str) -> Any:
    return client.get(f"/settings/{path}", headers=admin.headers).json["data"]


def stored_password(sessions: Sessions) -> str:
    with sessions() as session:
        return str(session.scalars(select(EmailSetting.smtp_password)).one())


def actions(sessions: Sessions) -> list[str]:
    return [event.data["action"] for event in published(sessions)]


def test_the_password_is_kept_encrypted_and_shown_to_nobody(
    client: FlaskClient, admin: SignedIn, sessions: Sessions, settings: Settings
) -> None:
    answer = put(client, admin, **FORM)
    saved = answer.json["data"]
    assert saved == FORM | {"smtpHost": "smtp.example.org", "smtpPort": 2525, "smtpPassword": MASK}
    assert saved == get(client, admin, "email")
    assert PASSWORD not in stored_password(sessions)
    assert settings.mailer.seal.open(stored_password(sessions)) == PASSWORD
    assert actions(sessions) == ["EMAIL_SETTINGS_UPDATED"]
    assert PASSWORD not in answer.text + "".join(event.to_json() for event in published(sessions))


def test_the_mask_sent_back_keeps_the_password_and_nothing_clears_it(
    client: FlaskClient, admin: SignedIn, sessions: Sessions
) -> None:
    put(client, admin, **FORM)
    sealed = stored_password(sessions)
    put(client, admin, **get(client, admin, "email") | {"fromName": "Somebody Else"})
    assert stored_password(sessions) == sealed
    assert put(client, admin, smtpPassword="", fromEmail="").json["data"]["smtpPassword"] == ""
    assert stored_password(sessions) == ""


@pytest.mark.parametrize("password", [{}, {"smtpPassword": MASK}], ids=["left out", "masked"])
def test_the_stored_password_is_told_to_no_other_server(
    client: FlaskClient, admin: SignedIn, settings: Settings, work: Work, sessions: Sessions, password: dict[str, str]
) -> None:
    put(client, admin, **FORM)
    with curious_server() as mailbox:
        elsewhere = {**mailbox.settings, **password}
        tested = post(client, admin, "email/test", elsewhere)
        changed = put(client, admin, **elsewhere)
        with work() as uow:
            queue_mail(uow, "loan_approved", "ada@example.org", {})
        send_due(sessions, settings.mailer, at=now())
    assert mailbox.sign_ins == []
    for answer in (tested, changed):
        assert answer.status_code == 400
        assert (answer.json["code"], answer.json["errors"][0]["field"]) == ("password-not-kept", "smtpPassword")
    # Nothing was half written.
    assert get(client, admin, "email")["smtpHost"] == "smtp.example.org"


@pytest.mark.parametrize(
    "change", [{"smtpHost": "127.0.0.1"}, {"smtpPort": 465}, {"smtpUsername": "eve"}, {"smtpEncryption": "none"}]
)
def test_any_other_server_or_sign_in_needs_the_password_typed_again(
    client: FlaskClient, admin: SignedIn, change: dict[str, Any]
) -> None:
    put(client, admin, **FORM)
    form = get(client, admin, "email") | change
    assert put(client, admin, **form).status_code == 400
    assert put(client, admin, **form | {"smtpPassword": "typed again"}).status_code == 200


@pytest.mark.parametrize("change", [{"smtpHost": ""}, {"smtpUsername": None}])
def test_where_nobody_signs_in_any_more_the_stored_password_goes(
    client: FlaskClient, admin: SignedIn, sessions: Sessions, change: dict[str, Any]
) -> None:
    put(client, admin, **FORM)
    assert put(client, admin, **get(client, admin, "email") | change).json["data"]["smtpPassword"] == ""
    assert stored_password(sessions) == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("smtpHost", "localhost"), ("smtpHost", "169.254.169.254"), ("smtpHost", "2130706433"),
        ("smtpHost", "::ffff:10.0.0.1"), ("smtpHost", "http://example.org"), ("smtpPort", 0), ("smtpPort", "many"),
        ("smtpEncryption", "rot13"), ("fromEmail", "nobody"), ("fromEmail", "a@b.org\r\nBcc: c@d.org"),
        ("fromName", "Me\r\nBcc: c@d.org"), ("smtpUsername", "a\nb"),
    ],
)  # fmt: skip
def test_neither_inside_hosts_nor_line_breaks_nor_nonsense_are_taken(
    client: FlaskClient, admin: SignedIn, sessions: Sessions, field: str, value: Any
) -> None:
    for answer in (put(client, admin, **{field: value}), post(client, admin, "email/test", {field: value})):
        assert answer.status_code == 400
        assert answer.json["errors"][0]["field"] == field
    assert published(sessions) == []


def test_a_test_mail_goes_to_the_caller_by_the_settings_of_the_form_which_are_not_kept(
    client: FlaskClient, admin: SignedIn
) -> None:
    with mail_server(authenticator=knows_the_postman, auth_required=True, auth_require_tls=False) as mailbox:
        form = mailbox.settings | {"smtpUsername": USER, "smtpPassword": PASSWORD}
        answer = post(client, admin, "email/test", form)
        assert (answer.status_code, answer.json["data"]["success"]) == (200, True)
        assert [mail["To"] for mail in mailbox.received] == [admin.actor.email]
        refused = post(client, admin, "email/test", form | {"smtpPassword": "wrong"})
        assert refused.status_code == 400
        assert "535" in refused.json["message"]
        # The mask stands for the password that is kept.
        put(client, admin, **form)
        assert (
            post(client, admin, "email/test", form | {"smtpPassword": MASK, "to": "ada@example.org"}).status_code == 200
        )
    assert mailbox.received[-1]["To"] == "ada@example.org"


def test_a_test_with_a_server_that_is_not_there_says_so(client: FlaskClient, admin: SignedIn) -> None:
    answer = post(client, admin, "email/test", {"smtpHost": "127.0.0.1", "smtpPort": free_port()})
    assert (answer.status_code, answer.json["message"]) == (400, "The mail server cannot be reached")


def test_without_a_server_a_test_says_where_the_mail_went(client: FlaskClient, admin: SignedIn) -> None:
    answer = post(client, admin, "email/test", {"to": "ada@example.org"})
    assert answer.status_code == 200
    assert "mail folder" in answer.json["data"]["message"]


def test_templates_are_listed_changed_and_reset(client: FlaskClient, admin: SignedIn, sessions: Sessions) -> None:
    listed = get(client, admin, "email-templates")
    assert [one["key"] for one in listed] == list(TEMPLATES)
    delivered = get(client, admin, "email-templates/loan_approved")
    changes = {"subject": "Good news: {loan_number}", "emailEnabled": False, "smsEnabled": False}
    answer = client.put(f"/settings/email-templates/{delivered['id']}", headers=admin.headers, json=changes)
    changed = answer.json["data"]
    assert changed == delivered | changes | {"updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"]
    assert changed == get(client, admin, "email-templates/loan_approved")
    assert post(client, admin, "email-templates/loan_approved/reset").json["data"] == delivered
    assert get(client, admin, "email-templates") == listed
    assert actions(sessions) == ["EMAIL_TEMPLATE_UPDATED", "EMAIL_TEMPLATE_UPDATED"]


@pytest.mark.parametrize(
    "change",
    [
        {"content": "Hello {password}"}, {"content": "{{ customer_name.__class__.__mro__ }}"}, {"subject": "{link!r}"},
        {"subject": "Hello\r\nBcc: all@example.org"}, {"subject": ""}, {"content": ""}, {"content": "x" * 20_001},
    ],
)  # fmt: skip
def test_a_template_that_could_do_more_than_fill_in_is_refused(
    client: FlaskClient, admin: SignedIn, sessions: Sessions, change: dict[str, str]
) -> None:
    answer = client.put("/settings/email-templates/loan_status", headers=admin.headers, json=change)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == next(iter(change))
    assert published(sessions) == []


def test_a_preview_escapes_what_is_filled_in(client: FlaskClient, admin: SignedIn) -> None:
    body = {"variables": {"customer_name": "<img onerror=alert(1)>", "loan_number": "LN1\r\nBcc: x@y.org"}}
    shown = post(client, admin, "email-templates/loan_status/preview", body).json["data"]
    assert "<img" not in shown["html"]
    assert "&lt;img onerror=alert(1)&gt;" in shown["html"]
    assert shown["subject"] == "Your loan LN1 Bcc: x@y.org"
    assert "<img onerror=alert(1)>" in shown["text"]
    without = client.post("/settings/email-templates/loan_status/preview", headers=admin.headers)
    assert "Ada Obi" in without.json["data"]["text"]
    unknown = post(client, admin, "email-templates/loan_status/preview", {"variables": {"password": "x"}})
    assert unknown.status_code == 400


def test_a_template_is_tested_by_a_real_mail(client: FlaskClient, admin: SignedIn) -> None:
    with mail_server() as mailbox:
        put(client, admin, **mailbox.settings)
        answer = post(client, admin, "email-templates/loan_status/test", {"to": "Ada@example.org"})
    assert answer.json["data"]["success"] is True
    [mail] = mailbox.received
    assert (mail["To"], mail["Subject"]) == ("ada@example.org", "Your loan LN00000042")


def test_no_template_is_sent_as_an_sms(client: FlaskClient, admin: SignedIn) -> None:
    path = "/settings/email-templates/loan_status"
    answer = client.put(path, headers=admin.headers, json={"smsEnabled": True})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "smsEnabled")
    assert client.put(path, headers=admin.headers, json={"smsEnabled": False}).status_code == 200


def test_there_is_no_template_but_those(client: FlaskClient, admin: SignedIn) -> None:
    for path in ("nothing", "00000000-0000-0000-0000-000000000000", "__class__"):
        assert client.get(f"/settings/email-templates/{path}", headers=admin.headers).status_code == 404
        assert post(client, admin, f"email-templates/{path}/preview").status_code == 404


def test_an_admin_reads_the_mails_and_has_one_tried_again(
    client: FlaskClient, admin: SignedIn, work: Work, sessions: Sessions, settings: Settings
) -> None:
    with work() as uow:
        once = settings.mailer.seal.seal("https://example.org/once")
        queue_mail(uow, "magic_link", "ada@example.org", {}, sealed_link=once)
    send_due(sessions, settings.mailer, at=now())
    with work() as uow:
        queue_mail(uow, "magic_link", "eve@example.org", {"link": "https://example.org/other"})
        queue_mail(uow, "loan_approved", "eve@example.org", {"loan_number": "LN00000042"})
    answer = client.get("/settings/mails?limit=1&page=2", headers=admin.headers)
    assert answer.json["pagination"]["total"] == 3
    [waiting] = answer.json["data"]
    assert (waiting["to"], waiting["status"], waiting["content"]) == ("eve@example.org", "PENDING", None)
    assert "https://example.org/other" not in answer.text
    [written] = get(client, admin, "mails?status=WRITTEN")
    assert "(the link is shown to nobody)" in written["content"]
    assert "https://example.org/once" not in client.get("/settings/mails", headers=admin.headers).text
    assert post(client, admin, f"mails/{written['id']}/retry").status_code == 409
    put(client, admin, enabled=False)
    send_due(sessions, settings.mailer, at=now())
    statuses = {
        skipped["template"]: post(client, admin, f"mails/{skipped['id']}/retry").status_code
        for skipped in get(client, admin, "mails?status=SKIPPED")
    }
    assert statuses == {"loan_approved": 200, "magic_link": 409}
    assert [mail["template"] for mail in get(client, admin, "mails?status=PENDING")] == ["loan_approved"]
    assert get(client, admin, "mails?status=LOST") == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "mails"), ("GET", "email"), ("PUT", "email"), ("POST", "email/test"), ("GET", "email-templates"),
        ("PUT", "email-templates/loan_status"), ("POST", "email-templates/loan_status/test"),
        ("POST", "email-templates/loan_status/preview"), ("POST", "email-templates/loan_status/reset"),
    ],
)  # fmt: skip
def test_mail_is_a_matter_of_admins(client: FlaskClient, supervisor: SignedIn, method: str, path: str) -> None:
    assert client.open(f"/settings/{path}", method=method, headers=supervisor.headers, json={}).status_code == 403
    assert client.open(f"/settings/{path}", method=method, json={}).status_code == 401


def test_nothing_is_changed_or_sent_in_the_name_of_another(app: Flask) -> None:
    unsafe = [rule for rule in app.url_map.iter_rules() if (rule.methods or set()) & {"POST", "PUT", "DELETE"}]
    assert len(unsafe) == 8
    open_to_actors = [rule.rule for rule in unsafe if not vars(app.view_functions[rule.endpoint]).get("as_oneself")]
    assert open_to_actors == ["/settings/email-templates/<id_or_key>/preview"]
