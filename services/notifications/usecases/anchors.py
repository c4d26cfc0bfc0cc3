"""Mailing the end of the audit trail to the people who keep it where nobody who runs the database can write."""

from typing import ClassVar

from services.notifications.steps.queue import NewMail, queue_mails
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import Payload


class Anchor(Payload):
    entries: int
    text: str


class AnchorRecipients:
    """Whom this process mails anchors to, as its settings say."""

    addresses: ClassVar[tuple[str, ...]] = ()


def mail_anchor(uow: UnitOfWork, anchor: Anchor, envelope: Envelope) -> None:
    """Queue one mail for each recipient. Old anchors are mailed too, for each stands for itself."""
    variables = {"entry_count": str(anchor.entries), "anchor": anchor.text}
    queue_mails(
        uow,
        [
            NewMail("audit_anchor", address, variables, dedupe=f"audit_anchor {envelope.id} {address}")
            for address in AnchorRecipients.addresses
        ],
    )
