"""Reports that somebody subscribed to come by mail: with the file where it is small, and with its address."""

import io
import json
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from services.notifications.consumers import handlers
from services.notifications.domain.mail import MailStatus
from services.notifications.models import Mail
from services.notifications.settings import Settings
from services.notifications.tests.conftest import Work, with_institution
from services.notifications.tests.mailbox import mail_server, use_mail_server
from services.notifications.usecases.delivery import send_due
from services.notifications.usecases.reports import Reports
from shared.clock import now
from shared.context import Role
from shared.db import Sessions
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json
from shared.storage.backends import make_storage
from shared.storage.keys import PRIVATE, new_key

CONTRACTS = Path(__file__).parents[3] / "reporting" / "contracts"
READY = "reporting.report.ready.v1"
CONTENT = b"When;Who\r\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reports, "public_url", "https://api.example.org")
    monkeypatch.setattr(Reports, "attached_bytes", 1000)


@pytest.fixture
def person(a_colleague: Any) -> Any:
    return a_colleague(Role.SUPERVISOR, email="ada@example.org")


@pytest.fixture
def ready(settings: Settings, person: Any) -> Any:
    """The news of a report that was made, whose file is in the storage of reporting."""

    def make(content: bytes = CONTENT, **data: Any) -> Envelope:
        [example] = json.loads((CONTRACTS / f"{READY}.json").read_text())["examples"]
        key = new_key(PRIVATE)
        make_storage(settings, "reporting").put(key, io.BytesIO(content), "text/csv")
        file = {"file_key": key, "file_name": "loans.csv", "media_type": "text/csv", "size": len(content)}
        data = example | file | {"person_id": str(person), "expires_at": "2099-01-01T00:00:00Z"} | data
        return Envelope(new_id(), READY, "reporting", new_id(), 1, now(), None, None, None, in_json(data))

    return make


@pytest.fixture
def send(sessions: Sessions, settings: Settings, work: Work, tmp_path: Path) -> Any:
    """Send what is due into a folder; returns the mails."""
    with work() as uow:
        with_institution(uow)

    def send_all() -> list[Any]:
        mailer = replace(settings, mail_folder=str(tmp_path)).mailer
        while send_due(sessions, mailer, at=now()):
            pass
        return [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(tmp_path.glob("*.eml"))]

    return send_all


def test_a_small_report_comes_with_the_mail(sessions: Sessions, ready: Any, send: Any) -> None:
    event = ready()
    deliver(sessions, handlers, [event])
    [mail] = send()
    assert mail["To"] == "ada@example.org"
    assert event.data["title"] in mail["Subject"]
    assert f"https://api.example.org{event.data['path']}" in mail.get_body(("plain",)).get_content()
    [attachment] = mail.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type()) == ("loans.csv", "text/csv")
    assert attachment.get_payload(decode=True) == CONTENT
    with sessions() as session:
        assert session.scalars(select(Mail)).one().variables == {}, "nothing of it is kept"


def test_a_mail_server_gets_the_file_byte_for_byte(
    sessions: Sessions, settings: Settings, work: Work, ready: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What no transfer by lines of text would leave as it is, the end of a mail included.
    content = bytes(range(256)) * 2 + b"\r\n.\r\n\n" + b"x" * 400
    with mail_server() as mailbox:
        with work() as uow:
            with_institution(uow)
            use_mail_server(uow, mailbox)
        event = ready(content=content, file_name="Ọjà òwúrọ̀.xlsx", media_type=XLSX)
        deliver(sessions, handlers, [event])
        assert send_due(sessions, settings.mailer, at=now()) == 1
        [mail] = mailbox.mails_to("ada@example.org")
    [attachment] = mail.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type()) == ("Ọjà òwúrọ̀.xlsx", XLSX)
    assert attachment.get_payload(decode=True) == content


@pytest.mark.parametrize("gone", [False, True], ids=["long", "expired"])
def test_a_long_one_or_one_that_is_gone_comes_as_its_address(
    sessions: Sessions, settings: Settings, ready: Any, send: Any, gone: bool
) -> None:
    event = ready() if gone else ready(size=1001)
    if gone:
        make_storage(settings, "reporting").delete(event.data["file_key"])
    deliver(sessions, handlers, [event])
    [mail] = send()
    assert list(mail.iter_attachments()) == []
    assert event.data["path"] in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("file", ["mem", "status"], ids=["fails", "is of another size"])
def test_one_that_cannot_be_read_is_tried_again_later(
    sessions: Sessions, settings: Settings, ready: Any, send: Any, file: str
) -> None:
    event = ready()
    [stored] = Path(settings.storage_folder).rglob(event.data["file_key"].rpartition("/")[2])
    stored.unlink()
    # Files of the kernel can be opened: the first cannot be read from its beginning, the second is said to be empty.
    stored.symlink_to(f"/proc/self/{file}")
    deliver(sessions, handlers, [event])
    assert send() == []
    with sessions() as session:
        mail = session.scalars(select(Mail)).one()
    assert (mail.status, mail.attempts) == (MailStatus.PENDING, 1)
    assert mail.next_try_at > now()
    assert "cannot be read" in (mail.error or "")


def test_it_is_sent_once(sessions: Sessions, ready: Any, send: Any) -> None:
    event = ready()
    deliver(sessions, handlers, [event])
    with sessions.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM inbox")
    deliver(sessions, handlers, [event])
    assert len(send()) == 1


@pytest.mark.parametrize("lost", ["is_active = false", "is_deleted = true"])
def test_who_may_not_act_any_more_is_not_written_to(
    sessions: Sessions, ready: Any, send: Any, person: Any, lost: str
) -> None:
    with sessions.begin() as session:
        session.execute(text(f"UPDATE directory_staff SET {lost} WHERE id = :id"), {"id": person})
    deliver(sessions, handlers, [ready()])
    assert send() == []
