"""What managers of a large book wait for in the morning, and how soon their figures follow after a busy day."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import psycopg

from bench import reference
from bench.followers import followers_of
from bench.measurement import measure
from bench.operations import BY_A_SUPERVISOR, REPORTS, SHEET, ZONE, operations
from bench.run import say
from bench.sample import Sample
from bench.verdicts import Verdict, at_least, at_most
from deploy.local.errors import CannotStart
from deploy.local.platform import Platform
from shared.clock import business_date

_SECONDS = 10.0
_EVENTS, _WORKERS = 50_000, 2
_HISTORY_SECONDS, _LOOK_SECONDS = 1800.0, 1.0
_SUMMED_UNTIL = "SELECT made_until FROM reporting.day_sums_progress"
_UNKEPT = """
SELECT count(*) FROM generate_series(date_trunc('month', (SELECT min(disbursed_on) FROM reporting.loan_states)),
                                     CAST(%s AS date), interval '1 month') AS month
 WHERE month + interval '1 month - 1 day' < %s AND (month + interval '1 month - 1 day')::date NOT IN (
    SELECT frozen_on FROM reporting.frozen_days)
"""


def measure_managers(platform: Platform, sample: Sample, loans: int) -> Iterator[Verdict]:
    """Dashboard and portfolio at risk, one request at a time, and reporting that comes back with two workers to many
    events. Raises Stalled, NeverCaughtUp."""
    asked = operations(platform.url, sample)
    say(f"the history of the book is made: {await_history(platform):.0f} s")
    for report in REPORTS:
        for whose, bound in (("", reference.OF_ALL), (BY_A_SUPERVISOR, reference.OF_A_TEAM)):
            say(f"{report}{whose}, {loans:,} loans")
            found = measure(platform, asked[f"{report}{whose}"], 1, _SECONDS).total
            yield at_most(f"{report}{whose} at {loans:,} loans: p95", found.p95, bound, " ms")
    say(f"reporting comes back to {_EVENTS:,} events")
    with followers_of(platform) as followers:
        rate = followers.come_back("reporting", workers=_WORKERS, events=_EVENTS, payments=asked[SHEET])
    yield at_least(f"reporting behind by {_EVENTS:,}, with {_WORKERS} workers", rate, reference.REPORTING, " events/s")


def await_history(platform: Platform) -> float:
    """Wait until reporting has made all that it makes once of a new book: sums of days, and positions at the ends of
    months. Returns the seconds. Raises CannotStart."""
    # It looks for months when it starts, and then every ten minutes.
    platform.scale("reporting", 0)
    platform.scale("reporting", 1)
    return await_sums(platform) + _await(platform, _has_kept_months)


def await_sums(platform: Platform) -> float:
    """Wait until reporting has made the sums of all days of a new book, which it does once; returns the seconds. Raises
    CannotStart."""
    return _await(platform, _has_made_sums)


def _await(platform: Platform, is_made: Callable[[psycopg.Connection, date], bool]) -> float:
    started, yesterday = time.monotonic(), business_date(ZONE) - timedelta(days=1)
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        while not is_made(database, yesterday):
            if time.monotonic() > started + _HISTORY_SECONDS:
                raise CannotStart("The history of the book was not made.")
            # A row that is written tells nobody.
            time.sleep(_LOOK_SECONDS)
    return time.monotonic() - started


def _has_made_sums(database: psycopg.Connection, yesterday: date) -> bool:
    row = database.execute(_SUMMED_UNTIL).fetchone()
    return row is not None and row[0] >= yesterday


def _has_kept_months(database: psycopg.Connection, yesterday: date) -> bool:
    # A month that ended yesterday is kept tomorrow.
    return database.execute(_UNKEPT, (yesterday, yesterday)).fetchone() == (0,)
