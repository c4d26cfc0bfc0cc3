"""What managers of a large book wait for in the morning, and how soon their figures follow after a busy day."""

import time
from collections.abc import Iterator
from datetime import timedelta

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
_SUMS_SECONDS, _LOOK_SECONDS = 1800.0, 1.0
_SUMMED_UNTIL = "SELECT made_until FROM reporting.day_sums_progress"


def measure_managers(platform: Platform, sample: Sample, loans: int) -> Iterator[Verdict]:
    """Dashboard and portfolio at risk, one request at a time, and reporting that comes back with two workers to many
    events. Raises Stalled, NeverCaughtUp."""
    asked = operations(platform.url, sample)
    say(f"the sums of a year are made: {await_sums(platform):.0f} s")
    for report in REPORTS:
        for whose, bound in (("", reference.OF_ALL), (BY_A_SUPERVISOR, reference.OF_A_TEAM)):
            say(f"{report}{whose}, {loans:,} loans")
            found = measure(platform, asked[f"{report}{whose}"], 1, _SECONDS).total
            yield at_most(f"{report}{whose} at {loans:,} loans: p95", found.p95, bound, " ms")
    say(f"reporting comes back to {_EVENTS:,} events")
    with followers_of(platform) as followers:
        rate = followers.come_back("reporting", workers=_WORKERS, events=_EVENTS, payments=asked[SHEET])
    yield at_least(f"reporting behind by {_EVENTS:,}, with {_WORKERS} workers", rate, reference.REPORTING, " events/s")


def await_sums(platform: Platform) -> float:
    """Wait until reporting has made the sums of all days of a new book, which it does once; returns the seconds. Raises
    CannotStart."""
    started, yesterday = time.monotonic(), business_date(ZONE) - timedelta(days=1)
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        while (row := database.execute(_SUMMED_UNTIL).fetchone()) is None or row[0] < yesterday:
            if time.monotonic() > started + _SUMS_SECONDS:
                raise CannotStart("The sums of the book were not made.")
            # A row that is written tells nobody.
            time.sleep(_LOOK_SECONDS)
    return time.monotonic() - started
