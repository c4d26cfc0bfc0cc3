"""A platform goes back to random seconds of a life of payments: at each the payments acknowledged by then are there and
none that began later, all services agree, the platform goes on working, and no number is given out twice."""

import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from deploy.database.provision import DATABASE
from deploy.local import rabbitmq
from deploy.local.folder import CODE
from deploy.local.platform import Platform
from deploy.local.progress import say_nothing
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.chaos.test_kills import settled
from tests.client import sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.institution import Team, is_in_agreement, new_team
from tests.long_form import in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1500), in_long_form]

LOANS, PAYMENTS = 3, 20
# What is written in an hour, and a base backup after each but the last.
HOURS = 8
BOOK = "2000"
MOMENTS = 5
# Of those who start when the database has gone back.
VICTIMS = frozenset({"payments-web", "reporting-web", "gateway", "payments-worker", "rabbitmq"})

Deed = tuple[str, datetime, datetime]
"""A payment: its id, when it was asked for, and when it was acknowledged."""


@pytest.fixture
def root() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="millenium-potters-"))
    folder.chmod(0o711)
    yield folder
    # What a platform in it has left is removed by the last one that ran.
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def platform_in(root: Path) -> Platform:
    return Platform(
        root,
        environment=CHEAP_HASHES | PATIENCE | REVERSALS | {"BACKUPS_FIRST_SECONDS": "0"},
        broker_url=None if rabbitmq.is_installed() else os.environ.get("BROKER_URL"),
        report=say_nothing,
    )


def command(root: Path, *arguments: str, typed: str = "") -> None:
    """A command of ours, as people type it for the platform in `root`."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=CODE,
        env=os.environ | {"DATA_FOLDER": str(root)},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def pay(team: Team, loan_ids: list[str]) -> list[Deed]:
    """Payments on several loans at once, each as soon as the one before is acknowledged."""
    deeds: list[Deed] = []

    def work(loan_id: str) -> None:
        officer = team.officer.again()
        for _ in range(PAYMENTS):
            began = datetime.now(UTC)
            paid = officer.post("/repayments", {"loanId": loan_id, "amount": "7.77", "method": "CASH"})
            deeds.append((paid.accepted().data["id"], began, datetime.now(UTC)))

    threads = [threading.Thread(target=work, args=(loan_id,)) for loan_id in loan_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return deeds


def live(root: Path, team: Team, loan_ids: list[str]) -> list[Deed]:
    """Hours of payments, while others charge, waive, pay for past days and take payments back; a backup between each
    two of them."""
    others = Payers(team, [team.active_loan()["id"]])
    deeds: list[Deed] = []
    with others.paying():
        for hour in range(HOURS):
            if hour:
                command(root, "deploy.local", "backup")
            deeds += pay(team, loan_ids)
            others.wait_for_more(1)
    return deeds


def payments_at(url: str) -> set[str]:
    with psycopg.connect(url, dbname=DATABASE) as database:
        return {str(number) for (number,) in database.execute("SELECT id FROM payments.repayments").fetchall()}


def assert_as_of(found: set[str], deeds: list[Deed], at: datetime) -> None:
    """What was acknowledged by then is there, and nothing that was asked for later."""
    assert {one for one, _, acknowledged in deeds if acknowledged <= at} <= found
    assert not {one for one, began, _ in deeds if began > at} & found


def assert_works(platform: Platform, loan_ids: list[str], printed: set[str]) -> None:
    """All services agree, a loan can be taken and paid, and its number was never printed."""
    platform.wait_until_ready(seconds=120)
    eventually(lambda: settled(platform), seconds=120)
    admin = sign_in(platform.url, platform.credentials.email, platform.credentials.password)
    for loan_id in loan_ids:
        eventually(lambda loan_id=loan_id: is_in_agreement(admin, loan_id), seconds=120)
    team = new_team(admin)
    loan = team.active_loan()
    assert loan["loanNumber"] not in printed
    printed.add(loan["loanNumber"])
    team.pay(loan["id"], "500.00").accepted()
    eventually(lambda: is_in_agreement(team.officer, loan["id"]), seconds=60)


def test_a_platform_goes_back_to_random_seconds(root):
    platform, printed, moments = platform_in(root), set(), []
    try:
        platform.start()
        environment = dict(platform.seed_environment)
        subprocess.run(
            [sys.executable, "-m", "deploy.seed", "--size", BOOK], cwd=CODE, env=os.environ | environment, check=True
        )
        eventually(lambda: any((root / "archive" / "base").glob("[!.]*/backup.json")), seconds=120)
        team = new_team(sign_in(platform.url, platform.credentials.email, platform.credentials.password))
        loans = [team.active_loan() for _ in range(LOANS)]
        printed |= {loan["loanNumber"] for loan in loans}
        loan_ids = [loan["id"] for loan in loans]
        deeds = live(root, team, loan_ids)
        # Printed in the time that is given up.
        printed.add(team.active_loan()["loanNumber"])
        first, last = min(began for _, began, _ in deeds), max(ended for _, _, ended in deeds)
        moments = sorted((first + random.random() * (last - first) for _ in range(MOMENTS)), reverse=True)
    finally:
        platform.stop()
    assert len(deeds) == LOANS * PAYMENTS * HOURS
    for at in moments:
        command(root, "deploy.local", "restore", "--at", at.isoformat(), typed="restore\n")
        platform = platform_in(root)
        try:
            platform.start()
            # Everything is published anew meanwhile, in the epoch that begins with the restore.
            for victim in sorted(VICTIMS.intersection(platform.names)):
                platform.kill(victim)
            platform.wait_until_ready(seconds=120)
            assert_as_of(payments_at(platform.admin_url), deeds, at)
            assert_works(platform, loan_ids, printed)
            command(root, "deploy.local", "rehearse")
        finally:
            platform.stop()
