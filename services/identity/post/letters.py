"""A letter as a mail: with its head, and in both its forms."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from services.identity.domain.templates import Letter


def make_message(
    letter: Letter, *, mail_id: UUID, from_name: str, from_email: str, to: str, at: datetime
) -> EmailMessage:
    """The mail. Its Message-ID is that of the queue, so that who gets it twice can tell.

    Raises ValueError for an address that is none, or for a line break where a head has none.
    """
    message = EmailMessage()
    message["From"] = Address(from_name, addr_spec=from_email)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail_id}@{from_email.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(_page(letter), subtype="html")
    return message


def _page(letter: Letter) -> str:
    return f'<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n{letter.html}\n</body></html>\n'
