"""Speaking SMTP to a real server."""

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.notifications.domain.mail import MailStatus
from services.notifications.domain.templates import Message
from services.notifications.mailer.mailer import Mailer, Sender
from services.notifications.mailer.smtp import Guard, MailServer, NotSent
from services.notifications.tests.mailbox import (
    PASSWORD,
    USER,
    curious_server,
    free_port,
    knows_the_postman,
    mail_server,
    own_certificate,
)
from shared.ids import new_id
from shared.seals import Seal

# The mail server of these tests asks for a password without encryption.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")

MESSAGE = Message("Ihre Rate: ₦5,000", "Dear Ada,\n\nit is due.", "<p>Dear Ada,</p>")
AT = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


def a_mailer(**changes: Any) -> Mailer:
    facts = {"seal": Seal(["k" * 32]), "folder": "", "allowed_hosts": ("127.0.0.1",), "ca_file": "", "front_url": ""}
    return Mailer(**(facts | changes))


def a_sender(port: int, host: str = "127.0.0.1", **server: Any) -> Sender:
    facts = {"encryption": "none"} | server
    return Sender(
        from_email="office@example.org", from_name="The Office", server=MailServer(host=host, port=port, **facts)
    )


def send(mailer: Mailer, sender: Sender, to: str = "ada@example.org") -> MailStatus:
    with mailer.open(sender) as transport:
        return transport.send(MESSAGE, mail_id=new_id(), to=to, at=AT)


def test_a_mail_arrives_in_both_its_forms_and_says_who_wrote_it() -> None:
    with mail_server() as mailbox:
        assert send(a_mailer(), a_sender(mailbox.port)) is MailStatus.SENT
    [mail] = mailbox.received
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "The Office <office@example.org>", "ada@example.org", "Ihre Rate: ₦5,000",
    )  # fmt: skip
    text, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert text is not None
    assert text.get_content().splitlines() == MESSAGE.text.splitlines()
    assert html is not None
    assert MESSAGE.html in html.get_content()
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("encryption", ["tls", "ssl"])
def test_it_is_encrypted_and_signed_in_to_as_the_settings_say(encryption: str, tmp_path: Path) -> None:
    context, trusted = own_certificate(tmp_path)
    by_encryption: dict[str, dict[str, Any]] = {
        "tls": {"tls_context": context, "require_starttls": True},
        "ssl": {"ssl_context": context, "auth_require_tls": False},
    }
    with mail_server(authenticator=knows_the_postman, auth_required=True, **by_encryption[encryption]) as mailbox:
        mailer = a_mailer(ca_file=str(trusted))
        sender = a_sender(mailbox.port, encryption=encryption, username=USER, password=PASSWORD)
        assert send(mailer, sender) is MailStatus.SENT
        with pytest.raises(NotSent, match="refused the sign-in: 535") as refused:
            send(mailer, a_sender(mailbox.port, encryption=encryption, username=USER, password="wrong"))
        assert not refused.value.is_final
        with pytest.raises(NotSent, match="not trusted"):
            send(a_mailer(), sender)
    assert len(mailbox.received) == 1


def test_encryption_that_is_not_offered_is_not_done_without() -> None:
    with mail_server() as mailbox, pytest.raises(NotSent, match="does not offer"):
        send(a_mailer(), a_sender(mailbox.port, encryption="tls"))
    assert not mailbox.received


def own_address() -> str:
    """An address of this machine that is not the loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


def test_a_password_goes_to_no_server_beyond_this_machine_without_encryption() -> None:
    address = own_address()
    with curious_server(address) as mailbox:
        mailer = a_mailer(allowed_hosts=(address,))
        with pytest.raises(NotSent, match="without encryption"):
            send(mailer, a_sender(mailbox.port, host=address, username=USER, password=PASSWORD))
        assert send(mailer, a_sender(mailbox.port, host=address)) is MailStatus.SENT
    assert mailbox.sign_ins == []


def test_a_server_that_hides_its_encryption_is_told_no_password() -> None:
    with curious_server() as mailbox, pytest.raises(NotSent, match="does not offer"):
        send(a_mailer(), a_sender(mailbox.port, encryption="tls", username=USER, password=PASSWORD))
    assert mailbox.sign_ins == []


@pytest.mark.parametrize(
    ("answers", "is_final"),
    [
        pytest.param({"ada@example.org": "550 no such mailbox"}, True, id="an address there is not"),
        pytest.param({"ada@example.org": "451 try later"}, False, id="an address that is full just now"),
        pytest.param({"DATA": "554 we do not like this"}, True, id="a text it does not want"),
        pytest.param({"DATA": "421 going down"}, False, id="a server going down"),
    ],
)
def test_what_the_server_says_decides_whether_to_try_again(answers: dict[str, str], is_final: bool) -> None:
    with mail_server() as mailbox:
        mailbox.answers = answers
        with pytest.raises(NotSent) as refused:
            send(a_mailer(), a_sender(mailbox.port))
    assert refused.value.is_final is is_final


def test_a_server_that_is_not_there_is_said_to_be_so_in_our_own_words() -> None:
    with pytest.raises(NotSent, match=r"^The mail server cannot be reached\.$"):
        send(a_mailer(), a_sender(free_port()))


def _resolving_to(*addresses: str) -> Callable[..., list[Any]]:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return resolve


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("93.184.216.34", "10.0.0.7"), ("169.254.169.254",)])
def test_a_name_that_stands_for_an_inside_address_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    with mail_server() as mailbox:
        # Only the answer of the name server is made up; everything else is as it is.
        monkeypatch.setattr(socket, "getaddrinfo", _resolving_to(*addresses))
        with pytest.raises(NotSent, match="inside our own network"):
            send(a_mailer(allowed_hosts=()), a_sender(mailbox.port, host="mail.example.org"))
        monkeypatch.undo()
    assert not mailbox.connections


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    connected_to = []
    monkeypatch.setattr(socket, "getaddrinfo", _resolving_to("93.184.216.34"))
    monkeypatch.setattr(socket, "create_connection", lambda target, timeout: connected_to.append(target))
    Guard(()).connect("mail.example.org", 25, 1.0)
    assert connected_to == [("93.184.216.34", 25)]


def test_without_a_server_a_mail_becomes_a_file_only_we_can_read(tmp_path: Path) -> None:
    mailer = a_mailer(folder=str(tmp_path / "mail"))
    sender = Sender(from_email="", from_name="The Office", server=None)
    assert send(mailer, sender) is MailStatus.WRITTEN
    [path] = (tmp_path / "mail").iterdir()
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"To: ada@example.org" in path.read_bytes()


def test_an_address_that_would_add_a_line_to_the_head_is_refused_for_good() -> None:
    with mail_server() as mailbox, pytest.raises(NotSent) as refused:
        send(a_mailer(), a_sender(mailbox.port), to="ada@example.org\r\nBcc: all@example.org")
    assert refused.value.is_final
    assert not mailbox.received


def test_certificates_are_checked_by_default() -> None:
    assert a_mailer()._tls().verify_mode is ssl.CERT_REQUIRED
