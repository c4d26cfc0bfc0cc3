"""What a mail says as an e-mail: with its head, and in both its forms."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.notifications.domain.templates import Message


class _Headers(HeaderRegistry):
    """Makes the class of each header once, and a header that comes again, such as the sender's, from memory.

    The library does both anew for every mail, which took most of the time a mail takes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._class_of = lru_cache(maxsize=64)(super().__getitem__)
        self._header = lru_cache(maxsize=256)(super().__call__)

    def __getitem__(self, name: str) -> Any:
        return self._class_of(name)

    def __call__(self, name: str, value: Any) -> Any:
        return self._header(name, value if isinstance(value, datetime) else str(value))


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that comes with an e-mail."""

    name: str
    media_type: str
    content: bytes


_POLICY = EmailPolicy(header_factory=_Headers())


def make_email(
    message: Message,
    *,
    mail_id: UUID,
    from_name: str,
    from_email: str,
    to: str,
    at: datetime,
    attached: Attached | None = None,
) -> EmailMessage:
    """The e-mail. Its Message-ID is that of the queue, so that who gets it twice can tell.

    Raises ValueError for an address that is none, or for a line break where a head has none.
    """
    email = EmailMessage(_POLICY)
    email["From"] = Address(from_name, addr_spec=from_email)
    email["To"] = Address(addr_spec=to)
    email["Subject"] = message.subject
    email["Date"] = at
    email["Message-ID"] = f"<{mail_id}@{from_email.rpartition('@')[2]}>"
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(message.text)
    email.add_alternative(_page(message), subtype="html")
    if attached:
        kind, _, subtype = attached.media_type.partition("/")
        email.add_attachment(attached.content, maintype=kind, subtype=subtype, filename=attached.name)
    return email


def _page(message: Message) -> str:
    return f'<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n{message.html}\n</body></html>\n'
