"""Mail: queued in the transaction of what causes it, sent by the worker afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.identity.domain.mail import LINKS, ONE_LINK_PER
from services.identity.domain.templates import template_named
from services.identity.queries import mail
from shared.db import UnitOfWork
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mail to be queued; of those with the same `dedupe` there is one. A link that opens something is sealed."""

    template: str
    to: str
    variables: Mapping[str, str]
    dedupe: str | None = None
    sealed_link: str | None = None


def queue_mail(
    uow: UnitOfWork,
    template: str,
    to: str,
    variables: Mapping[str, str],
    dedupe: str | None = None,
    *,
    sealed_link: str | None = None,
) -> bool:
    """Have a mail sent once this transaction commits; whether one will be.

    `variables` are those of the template beyond the company's own; a link that opens something is not among them but
    comes sealed, and is wiped when the mail is sent. The same `dedupe` twice is one mail. False when it
    was queued before, or when this address had a mail with a link less than a minute ago: a caller that made a new link
    for it must then let the link of that mail stand. Raises TemplateNotFound.
    """
    template_named(template)
    if template in LINKS and mail.was_mailed_lately(
        uow.connection, template=template, recipient=to, within=ONE_LINK_PER
    ):
        return False
    return bool(queue_mails(uow, [Wanted(template, to, variables, dedupe, sealed_link)]))


def queue_mails(uow: UnitOfWork, wanted: Sequence[Wanted]) -> int:
    """Have several mails sent; how many will be."""
    rows = [
        {
            "id": new_id(),
            "template": one.template,
            "recipient": one.to,
            "variables": dict(one.variables),
            "dedupe": one.dedupe,
            "sealed_link": one.sealed_link,
        }
        for one in wanted
    ]
    return len(mail.add_mails(uow.connection, rows))
