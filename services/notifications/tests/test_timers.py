"""What the worker does by itself, besides handling events."""

from dataclasses import replace

from services.notifications.settings import Settings
from services.notifications.tests.conftest import Work, mails, queue_mail
from services.notifications.worker import timers
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
        assert [mail.status for mail in mails(sessions)].count("WRITTEN") == written
