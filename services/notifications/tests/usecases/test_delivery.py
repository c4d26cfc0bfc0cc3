"""The mail queue: each mail once, however many workers there are, and none lost when one of them dies."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from services.notifications.domain.mail import MailStatus
from services.notifications.mailer.mailer import Mailer, Sender
from services.notifications.models import Mail
from services.notifications.queries.settings import email_settings_for_update
from services.notifications.settings import Settings
from services.notifications.tests.conftest import Work, audited, mails, queue_mail, with_institution
from services.notifications.tests.mailbox import Mailbox, free_port, mail_server, use_mail_server
from services.notifications.usecases import delivery
from services.notifications.usecases.delivery import BATCH, LEASE, send_due
from services.notifications.usecases.mails import MailNotGivenUp, retry_mail
from services.notifications.worker import timers
from shared.clock import now
from shared.db import Sessions
from shared.settings import BadSettings
from shared.testing import eventually

ADA = "ada@example.org"


@pytest.fixture
def mailbox(work: Work) -> Iterator[Mailbox]:
    """A mail server that the settings name."""
    with mail_server() as mailbox:
        use(work, mailbox)
        yield mailbox


def use(work: Work, mailbox: Mailbox) -> None:
    with work() as uow:
        use_mail_server(uow, mailbox)


def queue(
    work: Work, template: str = "loan_approved", to: str = ADA, dedupe: str | None = None, **variables: str
) -> bool:
    with work() as uow:
        return queue_mail(uow, template, to, variables, dedupe)


def statuses(sessions: Sessions) -> list[str]:
    return [mail.status for mail in mails(sessions)]


def make_due(sessions: Sessions) -> None:
    """Let the time of the next try come."""
    with sessions.begin() as session:
        session.execute(update(Mail).values(next_try_at=now() - timedelta(seconds=1)))


def test_a_queued_mail_is_sent_once_with_its_variables_and_those_of_the_company(
    work: Work, sessions: Sessions, mailer: Mailer, mailbox: Mailbox
) -> None:
    with work() as uow:
        with_institution(uow, name="Potters & Co")
    queue(work, loan_number="LN00000042", customer_name="Ada")
    assert send_due(sessions, mailer, at=now()) == 1
    assert send_due(sessions, mailer, at=now()) == 0
    [mail] = mailbox.received
    assert mail["Subject"] == "Loan LN00000042 is approved"
    html = mail.get_body(["html"])
    assert html is not None
    assert "Potters &amp; Co" in html.get_content()
    [row] = mails(sessions)
    # What it said is not kept: it may have held a link that signs somebody in.
    assert (row.status, row.variables, row.content) == ("SENT", {}, None)


def test_a_mail_is_queued_with_what_causes_it_or_not_at_all(work: Work, sessions: Sessions) -> None:
    def fail_after_queueing() -> None:
        with work() as uow:
            queue_mail(uow, "loan_approved", ADA, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_queueing()
    assert mails(sessions) == []


def test_the_same_cause_is_written_about_once_also_when_told_twice_at_once(work: Work, sessions: Sessions) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: queue(work, dedupe="loan_approved 1"), range(8)))
    assert sorted(made) == [False] * 7 + [True]
    assert len(mails(sessions)) == 1


def test_without_a_mail_server_mails_are_files_that_are_kept_to_be_read(
    work: Work, sessions: Sessions, mailer: Mailer
) -> None:
    before = set(Path(mailer.folder).glob("*.eml"))
    queue(work, "magic_link", link="https://example.org/once")
    send_due(sessions, mailer, at=now())
    [written] = set(Path(mailer.folder).glob("*.eml")) - before
    assert b"https://example.org/once" in written.read_bytes()
    [row] = mails(sessions)
    assert (row.status, row.variables) == ("WRITTEN", {})
    # What an admin may look at holds no link: whoever read it there could sign in as another.
    assert "https://example.org/once" not in row.content


def test_outside_of_development_no_link_becomes_a_file(
    work: Work, sessions: Sessions, settings: Settings, tmp_path: Path
) -> None:
    mailer = replace(settings, mail_folder=str(tmp_path)).mailer
    assert mailer.may_hold_links(Sender(from_email="", from_name="", server=None))
    # Made by hand, because settings of production want more than these tests have.
    elsewhere = Mailer(seal=mailer.seal, folder=str(tmp_path), allowed_hosts=(), ca_file="", front_url="")
    queue(work, "magic_link")
    queue(work, "loan_approved")
    send_due(sessions, elsewhere, at=now())
    assert {mail.template: mail.status for mail in mails(sessions)} == {
        "magic_link": "SKIPPED", "loan_approved": "WRITTEN",
    }  # fmt: skip
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_whose_key_was_lost_is_given_up_and_holds_up_nobody(
    work: Work, sessions: Sessions, settings: Settings, mailbox: Mailbox
) -> None:
    with work() as uow:
        queue_mail(uow, "magic_link", ADA, {}, sealed_link=settings.mailer.seal.seal("https://example.org/once"))
    queue(work)
    mailer = replace(settings, sealing_keys=("another key of at least 32 characters",)).mailer
    send_due(sessions, mailer, at=now())
    assert sorted(statuses(sessions)) == ["DEAD", "SENT"]
    assert "https" not in str(mails(sessions))


def test_a_server_that_is_away_is_asked_again_later(work: Work, sessions: Sessions, mailer: Mailer) -> None:
    use(work, Mailbox(free_port()))
    for number in range(3):
        queue(work, loan_number=str(number))
    at = now()
    assert send_due(sessions, mailer, at=at) == 0
    for row in mails(sessions):
        assert (row.status, row.attempts, row.error) == ("PENDING", 1, "The mail server cannot be reached.")
        assert row.next_try_at == at + timedelta(minutes=1)
    with mail_server() as mailbox:
        use(work, mailbox)
        # Not before its time.
        assert send_due(sessions, mailer, at=now()) == 0
        make_due(sessions)
        assert send_due(sessions, mailer, at=now()) == 3
    assert len(mailbox.received) == 3
    assert mailbox.connections == 1


def test_mails_with_a_link_do_not_wait_for_the_others(
    work: Work, sessions: Sessions, mailer: Mailer, mailbox: Mailbox
) -> None:
    for number in range(BATCH + 2):
        queue(work, to=f"a{number}@example.org")
    queue(work, "password_reset", to=ADA, link="https://example.org/once")
    queue(work, "magic_link", to="eze@example.org", link="https://example.org/other")
    assert send_due(sessions, mailer, at=now(), most=5) == 5
    assert {mail["To"] for mail in mailbox.received} == {
        ADA, "eze@example.org", "a0@example.org", "a1@example.org", "a2@example.org",
    }  # fmt: skip
    assert send_due(sessions, mailer, at=now()) == BATCH - 1
    assert len(mailbox.received) == BATCH + 4


def test_one_bad_address_holds_up_nobody_and_is_kept_to_be_looked_at(
    work: Work, sessions: Sessions, mailer: Mailer, mailbox: Mailbox
) -> None:
    mailbox.answers["gone@example.org"] = "550 no such mailbox"
    for address in ("gone@example.org", "not an address", ADA):
        queue(work, to=address)
    while send_due(sessions, mailer, at=now()):
        pass
    assert {row.recipient: row.status for row in mails(sessions)} == {
        "gone@example.org": "DEAD", "not an address": "DEAD", ADA: "SENT",
    }  # fmt: skip
    assert [mail["To"] for mail in mailbox.received] == [ADA]


def test_a_mail_nobody_takes_is_given_up_in_the_end_and_may_be_tried_again(
    work: Work, sessions: Sessions, mailer: Mailer, mailbox: Mailbox
) -> None:
    mailbox.answers[ADA] = "451 not now"
    queue(work)
    for _ in range(20):
        send_due(sessions, mailer, at=now())
        make_due(sessions)
    [dead] = mails(sessions)
    assert (dead.status, dead.attempts) == ("DEAD", 8)
    assert "451 not now" in dead.error
    mailbox.answers.clear()
    with work() as uow:
        retry_mail(uow, mail_id=dead.id, at=now())
        assert audited(uow) == ["EMAIL_RETRIED"]
    send_due(sessions, mailer, at=now())
    assert statuses(sessions) == ["SENT"]
    with pytest.raises(MailNotGivenUp), work() as uow:
        retry_mail(uow, mail_id=dead.id, at=now())


def test_a_link_that_waited_too_long_is_not_sent(
    work: Work, sessions: Sessions, mailer: Mailer, mailbox: Mailbox
) -> None:
    with work() as uow:
        link = {"sealed_link": mailer.seal.seal("https://example.org/once"), "expires_at": now() + timedelta(hours=1)}
        queue_mail(uow, "password_reset", ADA, {}, **link)
    send_due(sessions, mailer, at=now() + timedelta(minutes=61))
    [row] = mails(sessions)
    assert (row.status, row.variables, row.sealed_link) == ("DEAD", {}, None)
    assert not mailbox.received


def test_what_is_switched_off_is_not_sent(work: Work, sessions: Sessions, mailer: Mailer, mailbox: Mailbox) -> None:
    with work() as uow:
        email_settings_for_update(uow.session).enabled = False
    queue(work)
    send_due(sessions, mailer, at=now())
    [row] = mails(sessions)
    assert (row.status, row.error) == ("SKIPPED", "Mail is switched off in the e-mail settings.")
    assert not mailbox.received


def test_several_workers_share_the_queue_and_send_nothing_twice(
    work: Work, sessions: Sessions, mailer: Mailer, mailbox: Mailbox
) -> None:
    count = 5 * BATCH
    with work() as uow:
        for number in range(count):
            queue_mail(uow, "loan_approved", f"a{number}@example.org", {})
    start = threading.Barrier(4)

    def worker(_: int) -> int:
        start.wait()
        sent = 0
        while taken := send_due(sessions, mailer, at=now()):
            sent += taken
        return sent

    with ThreadPoolExecutor(4) as threads:
        shares = list(threads.map(worker, range(4)))
    assert sum(shares) == count
    assert len({mail["To"] for mail in mailbox.received}) == len(mailbox.received) == count


def test_what_a_slow_server_leaves_of_a_batch_is_due_again_at_once(
    work: Work, sessions: Sessions, mailer: Mailer, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH_SECONDS", 0)
    for number in range(3):
        queue(work, to=f"a{number}@example.org")
    assert send_due(sessions, mailer, at=now()) == 1
    assert sorted((mail.status, mail.attempts) for mail in mails(sessions)) == [
        ("PENDING", 0), ("PENDING", 0), ("SENT", 1),
    ]  # fmt: skip
    assert [send_due(sessions, mailer, at=now()) for _ in range(3)] == [1, 1, 0]
    assert sorted(mail["To"] for mail in mailbox.received) == ["a0@example.org", "a1@example.org", "a2@example.org"]


def test_what_a_killed_worker_had_in_hand_is_sent_when_its_lease_has_run_out(
    work: Work, sessions: Sessions, mailer: Mailer, settings: Settings, mailbox: Mailbox
) -> None:
    """The worker is killed after the server accepted the mail and before it could say so: the mail comes twice, under
    one Message-ID. It is never lost."""
    queue(work)
    send_and_be_killed(settings, folder="")
    eventually(lambda: len(mailbox.received) == 1)
    assert send_due(sessions, mailer, at=now()) == 0
    [row] = mails(sessions)
    assert now() + LEASE / 2 < row.next_try_at < now() + LEASE
    make_due(sessions)
    assert send_due(sessions, mailer, at=now()) == 1
    first, second = mailbox.received
    assert first["Message-ID"] == second["Message-ID"]
    assert statuses(sessions) == ["SENT"]


def test_what_a_killed_worker_has_written_is_written_over(
    work: Work, sessions: Sessions, settings: Settings, mailer: Mailer, tmp_path: Path
) -> None:
    for person in range(3):
        queue(work, to=f"{person}@example.org")
    send_and_be_killed(settings, folder=str(tmp_path))
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert (len(before), set(statuses(sessions))) == (3, {"PENDING"})
    make_due(sessions)
    into_folder = Mailer(seal=mailer.seal, folder=str(tmp_path), allowed_hosts=(), ca_file="", front_url="")
    assert send_due(sessions, into_folder, at=now()) == 3
    assert {file.name for file in tmp_path.iterdir()} == before.keys()
    assert set(statuses(sessions)) == {"WRITTEN"}


def send_and_be_killed(settings: Settings, *, folder: str) -> None:
    """Have another process send what is due and be killed before it can write down that it did."""
    code = (
        "import os, signal, sys\n"
        "from shared.seals import Seal\n"
        "from services.notifications.mailer.mailer import Mailer\n"
        "from services.notifications.usecases import delivery\n"
        "from shared.clock import now\n"
        "from shared.db import make_sessions\n"
        "from shared.postgres.engine import make_engine\n"
        "mailer = Mailer(\n"
        "    seal=Seal(['k' * 32]), folder=sys.argv[2], allowed_hosts=('127.0.0.1',), ca_file='', front_url=''\n"
        ")\n"
        "delivery._settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "delivery.send_due(make_sessions(make_engine(sys.argv[1], pool_size=1)), mailer, at=now())\n"
    )
    root = Path(__file__).parents[4]
    killed = subprocess.run(
        [sys.executable, "-c", code, settings.database_url, folder],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL


def test_mails_are_forgotten_when_the_settings_say_and_waiting_ones_are_not(
    work: Work, sessions: Sessions, settings: Settings
) -> None:
    for age in (29, 31):
        queue(work, to=f"{age}@example.org")
        with sessions.begin() as session:
            theirs = update(Mail).where(Mail.recipient == f"{age}@example.org")
            session.execute(theirs.values(created_at=now() - timedelta(days=age), status=MailStatus.SENT))
    queue(work, to="waiting@example.org")
    with sessions.begin() as session:
        waiting = update(Mail).where(Mail.recipient == "waiting@example.org")
        session.execute(waiting.values(created_at=now() - timedelta(days=31)))
    [forget] = [timer for timer in timers(replace(settings, mail_keep_days=30)) if timer.name == "forget"]
    forget.work(sessions)
    assert {row.recipient for row in mails(sessions)} == {"29@example.org", "waiting@example.org"}


def test_mails_are_kept_for_as_long_as_one_about_the_same_may_come(settings: Settings) -> None:
    with pytest.raises(BadSettings):
        replace(settings, mail_keep_days=6)


def test_a_password_that_cannot_be_unsealed_does_not_stop_the_worker(
    work: Work, sessions: Sessions, settings: Settings, mailbox: Mailbox
) -> None:
    with work() as uow:
        row = email_settings_for_update(uow.session)
        row.smtp_username, row.smtp_password = "postman", settings.mailer.seal.seal("secret")
    queue(work)
    mailer = replace(settings, sealing_keys=("another key of at least 32 characters",)).mailer
    assert send_due(sessions, mailer, at=now()) == 0
    [row] = mails(sessions)
    assert (row.status, row.attempts) == ("PENDING", 1)
