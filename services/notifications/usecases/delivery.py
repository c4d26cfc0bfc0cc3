"""Sending the mail that is due.

A mail is claimed for the time of a lease, sent outside of any transaction, and settled right after the mail server has
accepted it. Whoever is killed between these two leaves a mail that is sent again when its lease has run out: of the two
faults, a link that comes twice is the lesser one, and both carry the same Message-ID.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from services.notifications.domain.mail import (
    HIDDEN_LINK,
    LINKS,
    Attachment,
    MailStatus,
    Outcome,
    after_failure,
    why_not,
)
from services.notifications.domain.templates import Message, Template
from services.notifications.mailer.mailer import Mailer, Transport
from services.notifications.mailer.smtp import SECONDS, NotSent
from services.notifications.queries import mails
from services.notifications.queries.mails import Settled
from services.notifications.steps.composer import Composer
from shared.db import Sessions
from shared.seals import SealBroken
from shared.telemetry import log

BATCH = 10
# Less than a worker that has to end is waited for, so that it has no mail in hand when it does.
BATCH_SECONDS = 8.0
# Longer than a batch takes with a server that is just not too slow in each of the four steps of each mail.
LEASE = timedelta(seconds=BATCH * 4 * SECONDS + 20)


def send_due(sessions: Sessions, mailer: Mailer, *, at: datetime, most: int = BATCH) -> int:
    """Send one batch of what is due, and return how many mails are done with: 0 when none is due, and when the mail
    server takes none. Several workers may do so at once."""
    with sessions.begin() as session:
        claimed = mails.claim_due(session.connection(), limit=min(most, BATCH), lease=LEASE)
        if not claimed:
            return 0
        composer = Composer.read(session.connection(), mailer)
    verdicts = {queued.id: _verdict(queued, composer, mailer, at) for queued in claimed}
    unsent = [Settled(mail_id, verdict) for mail_id, verdict in verdicts.items() if verdict]
    if unsent:
        _settle(sessions, unsent)
    to_send = [queued for queued in claimed if verdicts[queued.id] is None]
    sent = _send(sessions, mailer, composer, to_send, at) if to_send else 0
    return sent + len(unsent)


def _verdict(queued: Row[Any], composer: Composer, mailer: Mailer, at: datetime) -> Outcome | None:
    """What becomes of a mail that is not sent; None for one that is."""
    template = composer.templates.get(queued.template)
    if template is None:
        return Outcome(MailStatus.DEAD, "There is no such template any more.")
    if queued.expires_at and at > queued.expires_at:
        return Outcome(MailStatus.DEAD, "It waited so long that its link has expired.")
    reason = why_not(
        template,
        composer.institution,
        is_enabled=composer.is_enabled,
        has_way_out=mailer.has_way_out(composer.sender),
        may_hold_links=mailer.may_hold_links(composer.sender),
    )
    return Outcome(MailStatus.SKIPPED, reason) if reason else None


def _send(sessions: Sessions, mailer: Mailer, composer: Composer, to_send: Sequence[Row[Any]], at: datetime) -> int:
    waiting, sent, until = list(to_send), 0, time.monotonic() + BATCH_SECONDS
    written: list[Settled] = []
    try:
        with mailer.open(composer.sender) as transport:
            while waiting:
                settled = _send_one(transport, mailer, composer, waiting.pop(0), at)
                sent += settled.outcome.error is None
                if settled.outcome.status is MailStatus.WRITTEN:
                    # Writing its file again would change nothing, so these may be settled together.
                    written.append(settled)
                else:
                    _settle(sessions, [settled])
                if time.monotonic() >= until:
                    break
        if waiting:
            _give_back(sessions, waiting)
    except NotSent as error:
        # The server could not be reached at all, so every mail has had its try.
        _settle(sessions, [_failed(queued, error, at) for queued in waiting])
    if written:
        _settle(sessions, written)
    return sent


def _give_back(sessions: Sessions, untried: Sequence[Row[Any]]) -> None:
    with sessions.begin() as session:
        mails.give_back(session.connection(), [queued.id for queued in untried])


def _send_one(transport: Transport, mailer: Mailer, composer: Composer, queued: Row[Any], at: datetime) -> Settled:
    template = composer.templates[queued.template]
    try:
        link = {"link": mailer.seal.open(queued.sealed_link)} if queued.sealed_link else {}
        message = composer.message(template, {**queued.variables, **link})
        attachment = Attachment.of(queued.variables)
        attached = mailer.attached(attachment) if attachment else None
        status = transport.send(
            message, mail_id=queued.id, to=queued.recipient, at=queued.created_at, attached=attached
        )
    except SealBroken as error:
        return Settled(queued.id, Outcome(MailStatus.DEAD, f"The link is lost: {error}"))
    except NotSent as error:
        return _failed(queued, error, at)
    kept = _without_link(composer, template, queued) if status is MailStatus.WRITTEN else None
    return Settled(queued.id, Outcome(status), kept)


def _without_link(composer: Composer, template: Template, queued: Row[Any]) -> Message:
    """What is kept to be looked at of a mail that was written to the folder."""
    hidden = {"link": HIDDEN_LINK} if template.key in LINKS else {}
    return composer.message(template, {**queued.variables, **hidden})


def _failed(queued: Row[Any], error: NotSent, at: datetime) -> Settled:
    outcome = after_failure(error.message, attempts=queued.attempts, is_final=error.is_final, now=at)
    log.warning("mail_not_sent", mail_id=str(queued.id), status=outcome.status, attempts=queued.attempts)
    return Settled(queued.id, outcome)


def _settle(sessions: Sessions, settled: Sequence[Settled]) -> None:
    with sessions.begin() as session:
        mails.settle(session.connection(), settled)
