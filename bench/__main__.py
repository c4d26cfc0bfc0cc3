"""`python -m bench`: starts a platform of its own, seeds it, and measures it through its gateway."""

import argparse
import os
import platform as machine
import sys
import time
from datetime import timedelta
from pathlib import Path

import bcrypt

from bench.capture import NoLimit
from bench.close_day import measure_close_day
from bench.driver import Stalled
from bench.followers import NeverCaughtUp, followers_of
from bench.limit import limit
from bench.measuring import measure, measure_during_logins, measure_idle
from bench.missing_causes import measure_missing_causes
from bench.operations import SHEET, SINGLE, Operation, operations, singles
from bench.processes import memory_bytes
from bench.report import Results, save, show, show_close_day, show_missing_causes
from bench.sample import Sample, take_sample
from deploy.local.credentials import strong_password
from deploy.local.errors import CannotStart
from deploy.local.platform import Platform, temporary_platform
from deploy.seed.writing import Size, write_book
from services.identity.credentials.passwords import PasswordHashes
from shared.clock import business_date

FOLDER = Path(__file__).parent.parent / ".local" / "bench"
CONCURRENCIES = (1, 16, 64)
SHEETS_AT_ONCE = (1, 4, 16)
LARGE = 200_000
CATCH_UP = 10_000
ZONE = "Africa/Lagos"
BCRYPT_COST = 12
_READ_MEANWHILE = ("me", "get_loan", "list_loans", "list_members")


def main() -> None:
    """Measure, print and save; exits with 1 when the platform does not start or does not answer."""
    options = _parser().parse_args()
    if options.close_day:
        _say(f"closing a day on {options.close_day:,} loans")
        rate = measure_close_day(options.close_day)
        sys.exit(show_close_day(options.close_day, rate))
    if options.missing_causes:
        _say(f"catching up on {options.missing_causes:,} payments, one in three on a loan that is not known")
        sys.exit(show_missing_causes(measure_missing_causes(options.missing_causes)))
    results = Results(options.size, f"{os.cpu_count()} cores, Python {machine.python_version()}")
    name = time.strftime("%Y-%m-%d-%H%M%S")
    try:
        measured = _measure_book(results, options.size, FOLDER / name)
        _measure_one_process(results)
        if options.large:
            _measure_large(results, options.large)
    except (CannotStart, Stalled, NeverCaughtUp) as error:
        sys.exit(f"bench: {error}")
    show(results, measured)
    print(f"\nWritten to {save(results, measured, FOLDER, name)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="loans in the book; default: %(default)s")
    parser.add_argument(
        "--large",
        type=int,
        nargs="?",
        const=LARGE,
        metavar="LOANS",
        help=f"also in a book of so many; {LARGE} if not said",
    )
    parser.add_argument(
        "--close-day",
        type=int,
        nargs="?",
        const=LARGE,
        metavar="LOANS",
        help=f"only how fast a day is closed, in a book of so many; {LARGE} if not said",
    )
    parser.add_argument(
        "--missing-causes",
        type=int,
        nargs="?",
        const=CATCH_UP,
        metavar="EVENTS",
        help=f"only how fast lending catches up on so many payments, many of unknown loans; {CATCH_UP} if not said",
    )
    return parser


def _measure_book(results: Results, loans: int, scripts: Path) -> dict[str, Operation]:
    _say("starting a platform of its own")
    with temporary_platform() as platform:
        if platform.broker.is_in_process:
            raise CannotStart("There is no RabbitMQ on this machine, and without one the figures say nothing.")
        sample = _seed(platform, loans)
        asked = operations(platform.url, sample)
        _say("nothing")
        results.idle_cpu = measure_idle(platform)
        with followers_of(platform) as followers:
            # The repayments come last, so that their followers' lag can be seen right behind them.
            for operation in sorted(singles(asked), key=lambda operation: operation.writes):
                for concurrency in CONCURRENCIES:
                    _say(f"{operation.name}, {concurrency} at once")
                    results.measurements.append(measure(platform, operation, concurrency))
            results.lag_after_load = followers.seconds_until_caught_up()
            _say("a few repayments when idle")
            results.idle_delays = followers.idle_delays(sample.admin_token, sample.payable_loan_ids)
            _say("200 logins at once")
            meanwhile = [asked[name] for name in _READ_MEANWHILE]
            results.during_logins = list(measure_during_logins(platform, meanwhile, asked["login"]))
            results.memory = memory_bytes(platform)
            _say("catching up")
            results.catch_up = followers.catch_up(asked[SINGLE])
            # Sixty events at a time: last, so that nobody else's figures suffer from the followers' work.
            for concurrency in SHEETS_AT_ONCE if asked[SHEET].requests else ():
                _say(f"{SHEET}, {concurrency} at once")
                results.measurements.append(measure(platform, asked[SHEET], concurrency))
        _measure_limits(results, platform, asked, scripts)
    return asked


def _seed(platform: Platform, loans: int, *, is_audited: bool = True) -> Sample:
    _say(f"seeding {loans:,} loans")
    password = strong_password()
    write_book(
        platform.database_urls,
        Size(loans),
        password_hash=PasswordHashes(cost=BCRYPT_COST, at_once=1, places=1).make(password),
        number=1,
        last_day=business_date(ZONE) - timedelta(days=1),
        zone=ZONE,
        is_audited=is_audited,
        report=_say,
    )
    return take_sample(platform, password)


def _measure_limits(results: Results, platform: Platform, asked: dict[str, Operation], scripts: Path) -> None:
    """Last of all: what pgbench writes is no business of the services any more."""
    for operation in singles(asked):
        if operation.name == "login":
            continue
        _say(f"the limit of {operation.name}")
        try:
            results.limits[operation.name] = limit(platform, operation, scripts)
        except NoLimit as error:
            _say(f"{operation.name} goes without: {error}")
    started = time.process_time()
    bcrypt.hashpw(b"how long this takes", bcrypt.gensalt(BCRYPT_COST))
    results.hash_seconds = time.process_time() - started


def _measure_one_process(results: Results) -> None:
    _say("all services in one process")
    with temporary_platform(broker_url="memory://") as platform:
        sample = _seed(platform, 1000)
        asked = operations(platform.url, sample)
        for name in ("list_loans", SINGLE):
            measure(platform, asked[name], 16)
        results.memory_of_one_process = memory_bytes(platform)["all-in-one"]


def _measure_large(results: Results, loans: int) -> None:
    with temporary_platform() as platform:
        sample = _seed(platform, loans, is_audited=False)
        results.large_loans = loans
        for operation in singles(operations(platform.url, sample)):
            if operation.name != "login":
                for concurrency in CONCURRENCIES:
                    _say(f"{operation.name}, {concurrency} at once, {loans:,} loans")
                    results.large.append(measure(platform, operation, concurrency))


def _say(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
