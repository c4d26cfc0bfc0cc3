"""What the worker does by itself, besides handling events."""

from sqlalchemy import select

from services.identity.models import Mail
from services.identity.settings import Settings
from services.identity.tests.conftest import Work
from services.identity.usecases.mailing import queue_mail
from services.identity.worker import timers
from shared.db import Sessions


def test_every_timer_runs_and_the_mail_that_is_due_is_sent(work: Work, sessions: Sessions, settings: Settings) -> None:
    with work() as uow:
        for number in range(25):
            queue_mail(uow, "loan_approved", f"a{number}@example.org", {})
    for timer in timers(settings):
        timer.work(sessions)
    with sessions() as session:
        assert set(session.scalars(select(Mail.status))) == {"WRITTEN"}
