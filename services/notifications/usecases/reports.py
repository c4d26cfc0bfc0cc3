"""Sending reports that somebody subscribed to."""

from typing import ClassVar
from uuid import UUID

from services.notifications.domain.mail import Attachment
from services.notifications.queries import people
from services.notifications.steps.queue import NewMail, is_fresh, queue_mails
from shared.clock import now
from shared.db import UnitOfWork
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Moment, Payload


class ReportReady(Payload):
    job_id: UUID
    person_id: UUID
    title: str
    period: str
    path: str
    file_key: str
    file_name: str
    media_type: str
    size: int
    expires_at: Moment


class Reports:
    """How this process sends reports, as its settings say: where they are fetched, and up to how many bytes they come
    with the mail."""

    public_url: ClassVar[str] = ""
    attached_bytes: ClassVar[int] = 0


def send_report(uow: UnitOfWork, report: ReportReady, envelope: Envelope) -> None:
    """Write to who subscribed to a report, with the file where it is small and the address of it in any case. Who may
    not act any more is not written to."""
    if not is_fresh(envelope, now()):
        return
    person = people.active_colleague(uow.connection, report.person_id)
    if person is None:
        raise CauseMissing("the member of staff is not known yet")
    if person.email is None:
        return
    variables = {
        "officer_name": person.name,
        "report_title": report.title,
        "report_period": report.period,
        "link": f"{Reports.public_url}{report.path}",
    }
    attachment = Attachment(report.file_key, report.file_name, report.media_type)
    mail = NewMail(
        "report_ready",
        person.email,
        variables,
        dedupe=f"report_ready {report.job_id}",
        expires_at=report.expires_at,
        attachment=attachment if report.size <= Reports.attached_bytes else None,
    )
    queue_mails(uow, [mail])
