"""`python -m services.payments close-day`, and the same bit by bit as a timer of the worker just after midnight."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.payments.models.ledger import loan_accounts
from services.payments.queries import closed_days
from services.payments.queries.closed_days import Part
from services.payments.queries.portfolio import late_on
from services.payments.queries.positions import AsOf
from services.payments.settings import Settings
from services.payments.usecases.day_end import begin_day, close_part, end_day
from services.payments.usecases.penalties import accrue_penalties
from shared.cli import Command, ServiceParts
from shared.clock import business_date, now
from shared.db import Sessions, make_sessions, run_transaction
from shared.ids import new_id
from shared.postgres.engine import make_engine
from shared.worker import Timer

SERVICE = "payments"
LEASE_SECONDS = 60.0
WAIT_SECONDS = 0.2
# Accruing holds the locks of its loans until it commits, so it is done for a few at a time.
ACCRUED_AT_ONCE = 200
# For how long a turn of the timer begins new parts, so that a worker that is to stop does soon.
TURN_SECONDS, TURN_EVERY_SECONDS = 1.0, 5.0


@dataclass(frozen=True, slots=True)
class DayEnd:
    """The closing of one day, by as many threads and processes as call `work`."""

    sessions: Sessions
    as_of: AsOf
    lease_seconds: float = LEASE_SECONDS

    def begin(self, *, parts: int | None = None, again: bool = False) -> None:
        """Divide the work, unless another process did."""
        run_transaction(self.sessions, SERVICE, lambda uow: begin_day(uow, self.as_of, parts=parts, again=again))

    def work(self, is_over: Callable[[], bool] = lambda: False) -> int:
        """Take part after part until there is none or `is_over`; returns how many loans that came to."""
        worker_id, loans = new_id(), 0
        while not is_over() and (part := self._take(worker_id)):
            self._accrue(part)
            closed, _ = run_transaction(self.sessions, SERVICE, partial(close_part, part=part, as_of=self.as_of))
            loans += closed
        run_transaction(self.sessions, SERVICE, lambda uow: end_day(uow, self.as_of))
        return loans

    def is_closed(self) -> bool:
        """Whether every part is done, by whomever."""
        with self.sessions() as session:
            return closed_days.is_closed(session.connection(), self.as_of.day)

    def _take(self, worker_id: UUID) -> Part | None:
        with self.sessions.begin() as session:
            return closed_days.take_part(session.connection(), self.as_of.day, worker_id, self.lease_seconds)

    def _accrue(self, part: Part) -> None:
        """Charge the penalties of the day, once; a part that is lost meanwhile is found out when it is closed."""
        loan_ids = self._charged(part)
        for start in range(0, len(loan_ids), ACCRUED_AT_ONCE):
            some = loan_ids[start : start + ACCRUED_AT_ONCE]
            work = partial(accrue_penalties, loan_ids=some, day=self.as_of.day, at=now())
            run_transaction(self.sessions, SERVICE, work)
            with self.sessions.begin() as session:
                closed_days.keep_part(session.connection(), part, self.lease_seconds)

    def _charged(self, part: Part) -> Sequence[UUID]:
        which = part.holds(loan_accounts.c.loan_id) & (loan_accounts.c.daily_penalty > 0)
        with self.sessions() as session:
            # Looking for one first is cheap, and most books have none.
            if not closed_days.has_charged_loans(session.connection(), part):
                return []
            return [loan_id for loan_id, _ in late_on(session.connection(), self.as_of, which)]


def close_day_timer(settings: Settings) -> Timer:
    """Closes, a little at a time, the days that are over and not closed yet."""

    def close_days(sessions: Sessions) -> None:
        zone = settings.company_time_zone
        ends = time.monotonic() + TURN_SECONDS
        with sessions() as session:
            day = closed_days.day_to_close(session.connection(), business_date(zone) - timedelta(days=1))
        if day:
            day_end = DayEnd(sessions, AsOf(day, zone))
            day_end.begin()
            day_end.work(lambda: time.monotonic() > ends)

    return Timer(TURN_EVERY_SECONDS, close_days, apart=True)


def _run(service: ServiceParts, options: argparse.Namespace) -> None:
    settings = service.read_settings()
    zone = settings.company_time_zone
    yesterday = business_date(zone) - timedelta(days=1)
    day = options.date or yesterday
    if day > yesterday:
        sys.exit(f"payments: {day} is not over yet.")
    engine = make_engine(settings.direct_url, pool_size=options.workers)
    day_end = DayEnd(make_sessions(engine), AsOf(day, zone), options.lease_seconds)
    _report(day_end, options)
    engine.dispose()


def _report(day_end: DayEnd, options: argparse.Namespace) -> None:
    day = day_end.as_of.day
    if day_end.is_closed() and not options.again:
        sys.stdout.write(f"{day} is closed already; nothing to do.\n")
        return
    started = time.monotonic()
    day_end.begin(parts=options.partitions, again=options.again)
    loans = 0
    with ThreadPoolExecutor(options.workers) as threads:
        while not day_end.is_closed():
            done = sum(threads.map(lambda _: day_end.work(), range(options.workers)))
            loans += done
            if not done:
                # What is left is with other processes, or was with one that died.
                time.sleep(WAIT_SECONDS)
    seconds = time.monotonic() - started
    rate = loans / seconds
    sys.stdout.write(f"{day} is closed: {loans:,} live loans here in {seconds:.1f} s, {rate:,.0f} loans/s\n")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--date", type=date.fromisoformat, help="the day to close; default: yesterday")
    parser.add_argument(
        "--partitions", type=int, help="into how many parts to divide the loans; default: by ten thousand"
    )
    parser.add_argument("--workers", type=int, default=2, help="how many parts to do at once; default: %(default)s")
    parser.add_argument(
        "--again", action="store_true", help="also when it is closed: bring it up to the facts of today"
    )
    parser.add_argument(
        "--lease-seconds",
        type=float,
        default=LEASE_SECONDS,
        help="after how long a part whose worker is silent is done by another; default: %(default)s",
    )


CLOSE_DAY = Command(_run, "write down arrears and portfolio of a day, and charge its penalties", _add_arguments)
