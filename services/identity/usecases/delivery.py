"""Sending the mail that is due.

A mail is claimed for the time of a lease, sent outside of any transaction, and settled right after the mail server has
accepted it. Whoever is killed between these two leaves a mail that is sent again when its lease has run out: of the two
faults, a link that comes twice is the lesser one, and both carry the same Message-ID.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from services.identity.credentials.sealing import Seal, SealBroken
from services.identity.domain.institution import Institution
from services.identity.domain.mail import (
    HIDDEN_LINK,
    LINKS,
    MailStatus,
    Outcome,
    after_failure,
    company_values,
    is_too_late,
    why_not,
)
from services.identity.domain.templates import Letter, Template, render
from services.identity.post.office import Counter, Office, Sender
from services.identity.post.smtp import SECONDS, NotSent
from services.identity.queries import mail
from services.identity.queries.institution import current_settings, email_settings
from services.identity.queries.mail import Settled
from services.identity.queries.templates import all_templates
from services.identity.usecases.email_settings import sender_of
from shared.db import Sessions
from shared.telemetry import log

BATCH = 10
# Longer than a batch takes with a server that is just not too slow in each of the four steps of each mail.
LEASE = timedelta(seconds=BATCH * 4 * SECONDS + 20)


@dataclass(frozen=True, slots=True)
class Desk:
    """What it takes to write letters: templates, settings, and who the sender is."""

    templates: Mapping[str, Template]
    institution: Institution
    is_enabled: bool
    sender: Sender
    front_url: str
    seal: Seal

    @classmethod
    def read(cls, connection: Connection, office: Office) -> "Desk":
        """As it is now."""
        institution, row = current_settings(connection), email_settings(connection)
        templates = {key: kept.template for key, kept in all_templates(connection).items()}
        sender = sender_of(row, institution, office.seal)
        return cls(templates, institution, row.enabled, sender, office.front_url, office.seal)

    def company_values(self) -> dict[str, str]:
        """What the company's own variables stand for."""
        return dict(company_values(self.institution))

    def letter(self, template: Template, variables: Mapping[str, str]) -> Letter:
        """The letter with these variables; a link that nobody gave leads to the web client."""
        return render(template, {"link": self.front_url, **company_values(self.institution), **variables})


def send_due(sessions: Sessions, office: Office, *, at: datetime, most: int = BATCH) -> int:
    """Send one batch of what is due, and return how many mails are done with: 0 when none is due, and when the mail
    server takes none. Several workers may do so at once."""
    with sessions.begin() as session:
        claimed = mail.claim_due(session.connection(), limit=min(most, BATCH), lease=LEASE)
        if not claimed:
            return 0
        desk = Desk.read(session.connection(), office)
    verdicts = {queued.id: _verdict(queued, desk, office, at) for queued in claimed}
    unsent = [Settled(mail_id, verdict) for mail_id, verdict in verdicts.items() if verdict]
    if unsent:
        _settle(sessions, unsent)
    to_send = [queued for queued in claimed if verdicts[queued.id] is None]
    sent = _send(sessions, office, desk, to_send, at) if to_send else 0
    return sent + len(unsent)


def _verdict(queued: Row[Any], desk: Desk, office: Office, at: datetime) -> Outcome | None:
    """What becomes of a mail that is not sent; None for one that is."""
    template = desk.templates.get(queued.template)
    if template is None:
        return Outcome(MailStatus.DEAD, "There is no such template any more.")
    if is_too_late(template, queued_at=queued.created_at, now=at):
        return Outcome(MailStatus.DEAD, "It waited so long that its link has expired.")
    reason = why_not(
        template,
        desk.institution,
        is_enabled=desk.is_enabled,
        has_way_out=office.has_way_out(desk.sender),
        may_hold_links=office.may_hold_links(desk.sender),
    )
    return Outcome(MailStatus.SKIPPED, reason) if reason else None


def _send(sessions: Sessions, office: Office, desk: Desk, to_send: Sequence[Row[Any]], at: datetime) -> int:
    waiting, sent = list(to_send), 0
    written: list[Settled] = []
    try:
        with office.open(desk.sender) as counter:
            while waiting:
                settled = _send_one(counter, desk, waiting.pop(0), at)
                sent += settled.outcome.error is None
                if settled.outcome.status is MailStatus.WRITTEN:
                    # Writing its file again would change nothing, so these may be settled together.
                    written.append(settled)
                else:
                    _settle(sessions, [settled])
    except NotSent as error:
        # The server could not be reached at all, so every mail has had its try.
        _settle(sessions, [_failed(queued, error, at) for queued in waiting])
    if written:
        _settle(sessions, written)
    return sent


def _send_one(counter: Counter, desk: Desk, queued: Row[Any], at: datetime) -> Settled:
    template = desk.templates[queued.template]
    try:
        link = {"link": desk.seal.open(queued.sealed_link)} if queued.sealed_link else {}
        letter = desk.letter(template, {**queued.variables, **link})
        status = counter.send(letter, mail_id=queued.id, to=queued.recipient, at=queued.created_at)
    except SealBroken as error:
        return Settled(queued.id, Outcome(MailStatus.DEAD, f"The link is lost: {error}"))
    except NotSent as error:
        return _failed(queued, error, at)
    return Settled(queued.id, Outcome(status), _kept(desk, template, queued) if status is MailStatus.WRITTEN else None)


def _kept(desk: Desk, template: Template, queued: Row[Any]) -> Letter:
    """What is kept to be looked at of a mail that was written to the folder."""
    hidden = {"link": HIDDEN_LINK} if template.key in LINKS else {}
    return desk.letter(template, {**queued.variables, **hidden})


def _failed(queued: Row[Any], error: NotSent, at: datetime) -> Settled:
    outcome = after_failure(error.message, attempts=queued.attempts, is_final=error.is_final, now=at)
    log.warning("mail_not_sent", mail_id=str(queued.id), status=outcome.status, attempts=queued.attempts)
    return Settled(queued.id, outcome)


def _settle(sessions: Sessions, settled: Sequence[Settled]) -> None:
    with sessions.begin() as session:
        mail.settle(session.connection(), settled)
