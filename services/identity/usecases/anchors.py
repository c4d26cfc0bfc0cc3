"""Mailing the end of the audit trail to the people who keep it where nobody who runs the database can write."""

from typing import ClassVar

from services.identity.steps.mail_queue import Wanted, queue_mails
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import Data


class Recipients:
    """Whom this process mails anchors to, as its settings say."""

    addresses: ClassVar[tuple[str, ...]] = ()


def mail_anchor(uow: UnitOfWork, anchor: Data, envelope: Envelope) -> None:
    """Queue one mail for each recipient. Old anchors are mailed too, for each stands for itself."""
    variables = {"entry_count": str(anchor["entries"]), "anchor": anchor["text"]}
    queue_mails(
        uow,
        [
            Wanted("audit_anchor", address, variables, dedupe=f"audit_anchor {envelope.id} {address}")
            for address in Recipients.addresses
        ],
    )
