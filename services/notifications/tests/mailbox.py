"""A real mail server in the process of the tests, which keeps what it accepts and refuses what it is told to."""

import datetime
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from services.notifications.queries.settings import email_settings_for_update
from shared.db import UnitOfWork

USER, PASSWORD = "postman", "only the postman knows"


@dataclass
class Mailbox:
    """What a mail server has accepted. `answers` says how it answers for a recipient, or to the text of any mail when
    given for `DATA`; `accepted` is 250."""

    port: int
    received: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    # User and password of everybody who tried to sign in, right or wrong.
    sign_ins: list[tuple[str, str]] = field(default_factory=list)

    def takes_anybody(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """An authenticator that writes down what it is told."""
        if isinstance(data, LoginPassword):
            self.sign_ins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=True)

    @property
    def settings(self) -> dict[str, Any]:
        """How an admin would set it up."""
        return {
            "smtpHost": "127.0.0.1",
            "smtpPort": str(self.port),
            "smtpEncryption": "none",
            "fromEmail": "office@example.org",
            "fromName": "The Office",
        }

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.received if mail["To"] == address]

    # What aiosmtpd calls.
    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.received.append(message_from_bytes(content, policy=policy.default))
        return "250 accepted"

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def curious_server(hostname: str = "127.0.0.1") -> Iterator[Mailbox]:
    """A mail server that asks for a password without encryption and keeps every one it is told."""
    mailboxes: list[Mailbox] = []

    def authenticator(*credentials: Any) -> AuthResult:
        return mailboxes[0].takes_anybody(*credentials)

    with mail_server(hostname, authenticator=authenticator, auth_require_tls=False) as mailbox:
        mailboxes.append(mailbox)
        yield mailbox


@contextmanager
def mail_server(hostname: str = "127.0.0.1", **options: Any) -> Iterator[Mailbox]:
    """Runs until the block ends; `options` are those of aiosmtpd's Controller."""
    mailbox = Mailbox(free_port())
    controller = Controller(mailbox, hostname=hostname, port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def use_mail_server(uow: UnitOfWork, mailbox: Mailbox) -> None:
    """Have mails sent there."""
    row = email_settings_for_update(uow.session)
    row.smtp_host, row.smtp_port, row.smtp_encryption = "127.0.0.1", mailbox.port, "none"
    row.from_email = "mailer@example.org"


def knows_the_postman(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """An authenticator that lets nobody else in."""
    is_valid = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_valid, handled=False)


def own_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for 127.0.0.1 that vouches for itself: what the server needs of it, and what a client trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    trusted, private = folder / "certificate.pem", folder / "key.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted
