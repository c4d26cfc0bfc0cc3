"""Closing a day by processes as they are started from the command line: killed, and several at once."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest
from sqlalchemy import func, select, text

from bench.close_day import fill_book
from services.payments.commands.close_day import DayEnd, close_day_timer
from services.payments.models.collection import closed_days, closing_parts
from services.payments.queries.positions import AsOf
from services.payments.tests.conftest import Loan
from services.payments.tests.usecases.test_closing import ZONE, from_facts, written_down
from shared.clock import business_date
from shared.db import Sessions
from shared.settings import BaseSettings
from shared.testing import eventually

ROOT = Path(__file__).parent.parent.parent.parent
LOANS, PARTS, PROGRAM = 600, 60, "close-day"
YESTERDAY = business_date(ZONE) - timedelta(days=1)


@pytest.fixture
def book(sessions: Sessions, settings: BaseSettings) -> int:
    """A book of a good many loans, some of them late."""
    fill_book(settings.database_url, LOANS, YESTERDAY)
    return LOANS


@pytest.fixture
def start(settings: BaseSettings) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `close-day` as a process of its own."""
    names = ("database_url", "broker_url", "jwks_url", "internal_secret", "environment")
    surroundings = os.environ | {"PGAPPNAME": PROGRAM} | {name.upper(): getattr(settings, name) for name in names}

    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "services.payments", "close-day", "--partitions", str(PARTS), *options]
        started.append(subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def outcome(process: subprocess.Popen[str]) -> str:
    """What a process that ended well has said."""
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return said


def loans_in(said: str) -> int:
    found = re.search(r"([\d,]+) live loans", said)
    assert found
    return int(found[1].replace(",", ""))


def parts_done(sessions: Sessions) -> int:
    with sessions() as session:
        query = select(func.count()).select_from(closing_parts).where(closing_parts.c.done_at.is_not(None))
        return session.execute(query).scalar_one()


def lease(sessions: Sessions, until: str) -> None:
    """Let somebody who is not there have every part."""
    with sessions.begin() as session:
        session.execute(text("UPDATE closing_parts SET leased_until = CAST(:until AS timestamptz)"), {"until": until})


def running_processes(sessions: Sessions) -> int:
    """How many processes have connected to the database."""
    with sessions() as session:
        query = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name")
        return session.execute(query, {"name": PROGRAM}).scalar_one()


def test_a_day_whose_process_is_killed_is_closed_by_another_which_does_only_the_rest(
    sessions: Sessions, book: int, start: Callable[..., subprocess.Popen[str]]
) -> None:
    killed = start("--workers", "1", "--lease-seconds", "1")
    eventually(lambda: parts_done(sessions) > 2, seconds=30)
    os.kill(killed.pid, SIGKILL)
    killed.communicate()
    done = parts_done(sessions)
    assert done < PARTS
    rest = loans_in(outcome(start()))
    assert rest <= book - (done - 1) * (book // PARTS)
    assert written_down(sessions, YESTERDAY) == from_facts(sessions, YESTERDAY)
    assert "closed already" in outcome(start())


def test_two_processes_share_the_work(
    sessions: Sessions, book: int, start: Callable[..., subprocess.Popen[str]]
) -> None:
    DayEnd(sessions, AsOf(YESTERDAY, ZONE)).begin(parts=PARTS)
    # Until both are there, neither can take a part.
    lease(sessions, "infinity")
    both = [start("--workers", "1"), start("--workers", "1")]
    eventually(lambda: running_processes(sessions) == len(both), seconds=30)
    lease(sessions, "-infinity")
    counts = [loans_in(outcome(process)) for process in both]
    assert sum(counts) == book
    assert min(counts) > 0
    late, holdings = written_down(sessions, YESTERDAY)
    assert (late, holdings) == from_facts(sessions, YESTERDAY)
    assert sum(holding.loans for holding in holdings.values()) == book


def test_the_worker_closes_every_day_that_is_over_and_only_those(
    sessions: Sessions, settings: Any, a_loan: Callable[..., Loan]
) -> None:
    a_loan()
    three_days_ago = YESTERDAY - timedelta(days=2)
    day_end = DayEnd(sessions, AsOf(three_days_ago, ZONE))
    day_end.begin()
    timer = close_day_timer(settings)
    for _ in range(5):
        timer.work(sessions)
    with sessions() as session:
        closed = session.execute(select(closed_days.c.day).where(closed_days.c.closed_at.is_not(None))).scalars().all()
        assert sorted(closed) == [three_days_ago, YESTERDAY - timedelta(days=1), YESTERDAY]
        assert session.execute(select(func.count()).select_from(closing_parts)).scalar_one() == 0
