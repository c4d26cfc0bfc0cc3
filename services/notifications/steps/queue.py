"""Mail is queued in the transaction of what causes it, and sent by the worker afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.notifications.domain.mail import Attachment
from services.notifications.queries import mails
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.messaging.events import Envelope

# Mail is a matter of days: events that are older, or replayed, fill nobody's mailbox.
_FRESH = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to be queued; of those with the same `dedupe` there is one.

    `variables` are those of the template beyond the company's own. A link that opens something is not among them but
    comes sealed, is wiped when the mail is sent, and is not sent after `expires_at`.
    """

    template: str
    to: str
    variables: Mapping[str, str]
    dedupe: str | None = None
    sealed_link: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    attachment: Attachment | None = None


def queue_mails(uow: UnitOfWork, new: Sequence[NewMail]) -> int:
    """Have mails sent once this transaction commits; returns how many, without those that were queued before."""
    rows = [
        {
            "id": new_id(),
            "template": mail.template,
            "recipient": mail.to,
            "variables": {**mail.variables, **(mail.attachment.to_variables() if mail.attachment else {})},
            "dedupe": mail.dedupe,
            "sealed_link": mail.sealed_link,
            "expires_at": mail.expires_at,
        }
        for mail in new
    ]
    return len(mails.add_mails(uow.connection, rows))


def is_fresh(event: Envelope, at: datetime) -> bool:
    """Whether an event happened so lately that people are written to about it."""
    return at - event.occurred_at < _FRESH
