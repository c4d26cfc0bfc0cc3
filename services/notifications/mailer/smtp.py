"""Speaking SMTP to a mail server that an admin has named."""

import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address

from services.notifications.domain.addresses import InternalHost, check_address, is_allowed_name

SECONDS = 10
# By kind of failure, the narrower kinds first.
_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (smtplib.SMTPNotSupportedError, "The mail server does not offer the encryption or the sign-in that is set."),
    (smtplib.SMTPException, "The mail server hung up."),
    (ssl.SSLError, "The connection to the mail server could not be encrypted, or its certificate is not trusted."),
    (socket.gaierror, "There is no mail server by that name."),
    (TimeoutError, "The mail server did not answer in time."),
    ((OSError, UnicodeError), "The mail server cannot be reached."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over. `encryption` is tls (STARTTLS), ssl (from the first byte) or none."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    encryption: str = "tls"


class NotSent(Exception):
    """The mail was not accepted; the message says why. With `is_final` another try would end the same."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_final = is_final


class Connection:
    """An open connection to a mail server."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over; on return the server has accepted it. Raises NotSent."""
        with _failures():
            self._smtp.send_message(message)


class Guard:
    """Opens connections to outside hosts, and to those inside that the configuration allows.

    The address that was checked is the one connected to: a name that means something else a moment later gains nothing.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection to one of the host's addresses. Raises InternalHost when one of them is not allowed, OSError."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if not is_allowed_name(host, self._allowed):
            for *_, target in found:
                check_address(ip_address(str(target[0]).partition("%")[0]), self._allowed)
        failure = OSError("no address")
        for *_, target in found:
            try:
                return socket.create_connection((str(target[0]), port), timeout=seconds)
            except OSError as error:
                failure = error
        raise failure


@contextmanager
def connected(server: MailServer, guard: Guard, tls: ssl.SSLContext) -> Iterator[Connection]:
    """A connection to the server, encrypted and signed in as it wants. Raises NotSent."""
    with _failures():
        smtp = _Ssl(server, guard, tls) if server.encryption == "ssl" else _Plain(server, guard)
    try:
        with _failures():
            if server.encryption == "tls":
                smtp.starttls(context=tls)
            if server.username:
                _check_hidden(smtp)
                smtp.login(server.username, server.password)
        yield Connection(smtp)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _check_hidden(smtp: smtplib.SMTP) -> None:
    """Nothing, unless a password would go over a network for everybody on it to read. Raises NotSent."""
    if smtp.sock is None or isinstance(smtp.sock, ssl.SSLSocket):
        return
    if not ip_address(str(smtp.sock.getpeername()[0]).partition("%")[0]).is_loopback:
        raise NotSent("The password is not sent to a mail server without encryption: please set tls or ssl.")


class _Plain(smtplib.SMTP):
    def __init__(self, server: MailServer, guard: Guard) -> None:
        self._guard = guard
        super().__init__(server.host, server.port, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._guard.connect(host, port, timeout)


class _Ssl(smtplib.SMTP_SSL):
    def __init__(self, server: MailServer, guard: Guard, tls: ssl.SSLContext) -> None:
        self._guard = guard
        super().__init__(server.host, server.port, timeout=SECONDS, context=tls)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(self._guard.connect(host, port, timeout), server_hostname=host)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (smtplib.SMTPException, OSError, UnicodeError, InternalHost) as error:
        raise _not_sent(error) from error


def _not_sent(error: Exception) -> NotSent:
    """Why it failed, in words for an admin; none may read like a failure of our own database."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return NotSent(f"The mail server refused the recipient: {_said(code, text)}", is_final=code >= 500)
        case smtplib.SMTPResponseException():
            # Only what it says of this very mail is final; a refused sign-in or sender is a matter of the settings.
            is_final = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
            what = "the sign-in" if isinstance(error, smtplib.SMTPAuthenticationError) else "the mail"
            said = _said(error.smtp_code, error.smtp_error)
            return NotSent(f"The mail server refused {what}: {said}", is_final=is_final)
        case InternalHost():
            return NotSent(error.message)
    return NotSent(next(words for kinds, words in _WORDS if isinstance(error, kinds)))


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {words}".split())[:300]
