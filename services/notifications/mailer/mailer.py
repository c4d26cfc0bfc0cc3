"""Sends mails by the mail server, or writes them into the mail folder."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPException
from uuid import UUID

from services.notifications.domain.mail import Attachment, MailStatus
from services.notifications.domain.templates import Message
from services.notifications.mailer.emails import Attached, make_email
from services.notifications.mailer.folder import write_mail
from services.notifications.mailer.smtp import Guard, MailServer, NotSent, connected
from shared.seals import Seal
from shared.storage.backends import Storage
from shared.storage.errors import FileMissing, StorageUnavailable

_NOWHERE = "localhost"
_UNREADABLE = "The file that comes with this mail cannot be read just now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes, and by which server; none means into the mail folder."""

    from_email: str
    from_name: str
    server: MailServer | None


class Transport:
    """Sends mails of one sender while it is open."""

    def __init__(self, sender: Sender, hand_over: Callable[[str, EmailMessage], MailStatus]) -> None:
        self._sender, self._hand_over = sender, hand_over

    def send(
        self, message: Message, *, mail_id: UUID, to: str, at: datetime, attached: Attached | None = None
    ) -> MailStatus:
        """Send one mail; returns SENT or WRITTEN. Raises NotSent."""
        from_email = self._sender.from_email or f"no-reply@{_NOWHERE}"
        try:
            email = make_email(
                message, mail_id=mail_id, from_name=self._sender.from_name, from_email=from_email, to=to, at=at,
                attached=attached,
            )  # fmt: skip
        except ValueError as error:
            raise NotSent("An address in this mail is none.", is_final=True) from error
        return self._hand_over(f"{at:%Y%m%dT%H%M%S}-{mail_id}", email)


class Mailer:
    """What this process needs to send mail beside the settings in the database.

    `folder` takes the mails where no server is set up; empty for none. With `writes_links` those with a link that signs
    somebody in, too, which is for machines that people develop on. `allowed_hosts` are the mail servers inside our
    own network that may be used; `ca_file` holds the certificates that vouch for them, beside the usual ones. What is
    attached is in `files`.
    """

    def __init__(
        self,
        *,
        seal: Seal,
        folder: str,
        allowed_hosts: tuple[str, ...],
        ca_file: str,
        front_url: str,
        writes_links: bool = False,
        files: Storage | None = None,
    ) -> None:
        self.seal = seal
        self.folder = folder
        self.allowed_hosts = allowed_hosts
        self.front_url = front_url
        self._writes_links = writes_links
        self._ca_file = ca_file
        self._guard = Guard(allowed_hosts)
        self._files = files

    def has_way_out(self, sender: Sender) -> bool:
        """Whether mail of this sender can get anywhere."""
        return sender.server is not None or bool(self.folder)

    def may_hold_links(self, sender: Sender) -> bool:
        """Whether mail of this sender may hold a link that signs somebody in."""
        return sender.server is not None or self._writes_links

    def attached(self, attachment: Attachment) -> Attached | None:
        """A file to be sent with a mail; None when it is there no more. Raises NotSent."""
        if self._files is None:
            return None
        try:
            stored = self._files.open(attachment.key)
            try:
                content = b"".join(stored.pieces())
            finally:
                stored.content.close()
        except FileMissing:
            return None
        except (StorageUnavailable, OSError, HTTPException) as error:
            raise NotSent(_UNREADABLE) from error
        if len(content) != stored.size:
            # An answer of the cloud that breaks off has an end like any other.
            raise NotSent(_UNREADABLE)
        return Attached(attachment.name, attachment.media_type, content)

    @contextmanager
    def open(self, sender: Sender) -> Iterator[Transport]:
        """A transport for this sender; all its mails go over one connection. Raises NotSent."""
        if sender.server is None:
            yield Transport(sender, self._write)
            return
        with connected(sender.server, self._guard, self._tls()) as connection:

            def hand_over(_name: str, email: EmailMessage) -> MailStatus:
                connection.send(email)
                return MailStatus.SENT

            yield Transport(sender, hand_over)

    def _write(self, name: str, email: EmailMessage) -> MailStatus:
        try:
            write_mail(self.folder, name, email)
        except OSError as error:
            raise NotSent(f"The mail folder cannot be written to: {error.strerror}.") from error
        return MailStatus.WRITTEN

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._ca_file:
            context.load_verify_locations(self._ca_file)
        return context
