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

from services.identity.domain.institution import Institution
from services.identity.domain.mail import (
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

    @classmethod
    def read(cls, connection: Connection, office: Office) -> "Desk":
        """As it is now."""
        institution, row = current_settings(connection), email_settings(connection)
        templates = {key: kept.template for key, kept in all_templates(connection).items()}
        return cls(templates, institution, row.enabled, sender_of(row, institution, office.seal), office.front_url)

    def company_values(self) -> dict[str, str]:
        """What the company's own variables stand for."""
        return dict(company_values(self.institution))

    def letter(self, template: Template, variables: Mapping[str, str]) -> Letter:
        """The letter with these variables; a link that nobody gave leads to the web client."""
        return render(template, {"link": self.front_url, **company_values(self.institution), **variables})


def send_due(sessions: Sessions, office: Office, *, at: datetime) -> int:
    """Send one batch of what is due, and return how many mails are done with: 0 when none is due, and when the mail
    server takes none. Several workers may do so at once."""
    with sessions.begin() as session:
        claimed = mail.claim_due(session.connection(), limit=BATCH, lease=LEASE)
        if not claimed:
            return 0
        desk = Desk.read(session.connection(), office)
    to_send: list[Row[Any]] = []
    for queued in claimed:
        verdict = _verdict(queued, desk, office, at)
        if verdict is None:
            to_send.append(queued)
        else:
            _settle(sessions, queued, verdict)
    sent = _send(sessions, office, desk, to_send, at) if to_send else 0
    return sent + len(claimed) - len(to_send)


def _verdict(queued: Row[Any], desk: Desk, office: Office, at: datetime) -> Outcome | None:
    """What becomes of a mail that is not sent; None for one that is."""
    template = desk.templates.get(queued.template)
    if template is None:
        return Outcome(MailStatus.DEAD, "There is no such template any more.")
    if is_too_late(template, queued_at=queued.created_at, now=at):
        return Outcome(MailStatus.DEAD, "It waited so long that its link has expired.")
    reason = why_not(
        template, desk.institution, is_enabled=desk.is_enabled, has_way_out=office.has_way_out(desk.sender)
    )
    return Outcome(MailStatus.SKIPPED, reason) if reason else None


def _send(sessions: Sessions, office: Office, desk: Desk, to_send: Sequence[Row[Any]], at: datetime) -> int:
    waiting, sent = list(to_send), 0
    try:
        with office.open(desk.sender) as counter:
            while waiting:
                sent += _send_one(sessions, counter, desk, waiting.pop(0), at)
    except NotSent as error:
        # The server could not be reached at all, so every mail has had its try.
        for queued in waiting:
            _failed(sessions, queued, error, at)
    return sent


def _send_one(sessions: Sessions, counter: Counter, desk: Desk, queued: Row[Any], at: datetime) -> bool:
    letter = desk.letter(desk.templates[queued.template], queued.variables)
    try:
        status = counter.send(letter, mail_id=queued.id, to=queued.recipient, at=at)
    except NotSent as error:
        _failed(sessions, queued, error, at)
        return False
    _settle(sessions, queued, Outcome(status), letter if status is MailStatus.WRITTEN else None)
    return True


def _failed(sessions: Sessions, queued: Row[Any], error: NotSent, at: datetime) -> None:
    outcome = after_failure(error.message, attempts=queued.attempts, is_final=error.is_final, now=at)
    log.warning("mail_not_sent", mail_id=str(queued.id), status=outcome.status, attempts=queued.attempts)
    _settle(sessions, queued, outcome)


def _settle(sessions: Sessions, queued: Row[Any], outcome: Outcome, letter: Letter | None = None) -> None:
    with sessions.begin() as session:
        mail.settle(
            session.connection(),
            queued.id,
            outcome,
            subject=letter.subject if letter else None,
            content=letter.text if letter else None,
        )
