"""What the worker does by itself, besides handling events."""

from dataclasses import replace

from sqlalchemy import select

from services.identity.models import Mail
from services.identity.settings import Settings
from services.identity.steps.mail_queue import queue_mail
from services.identity.tests.conftest import Work
from services.identity.worker import timers
from shared.db import Sessions


def test_every_timer_runs_and_the_mail_that_is_due_is_sent_so_much_a_second(
    work: Work, sessions: Sessions, settings: Settings
) -> None:
    with work() as uow:
        for number in range(30):
            queue_mail(uow, "loan_approved", f"a{number}@example.org", {})
    for written in (13, 26, 30):
        for timer in timers(replace(settings, mails_a_second=13)):
            timer.work(sessions)
        with sessions() as session:
            assert list(session.scalars(select(Mail.status))).count("WRITTEN") == written
