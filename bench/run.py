"""One run: a platform of its own is started, seeded and measured, part by part, with a mark of H before each part."""

import os
import subprocess
import sys
import time
from pathlib import Path

import deploy
from bench.backlog import NeverSettled, Settling, settling_of
from bench.capture import NoLimit
from bench.driver import Stalled
from bench.followers import Followers, NeverCaughtUp, followers_of
from bench.limit import limit
from bench.measurement import count_cost, measure, measure_during_logins, measure_idle
from bench.operations import SHEET, SINGLE, Operation, operations, singles
from bench.plan import READ_MEANWHILE, SHEETS_AT_ONCE, Plan
from bench.processes import memory_bytes
from bench.results import Results
from bench.sample import Sample, take_sample
from deploy.local.credentials import strong_password
from deploy.local.errors import CannotStart
from deploy.local.parts import ARCHIVE
from deploy.local.platform import Platform, temporary_platform

CODE = Path(deploy.__file__).resolve().parents[1]
"""The code that is measured, which need not be that of this bench."""
FAULTS = (CannotStart, Stalled, NeverCaughtUp, NeverSettled)
_FIRST_AND_LAST_HASHES = 7
_LOANS_OF_ONE_PROCESS = 1000
_BASE_BACKUP_SECONDS = 300.0


def measure_all(results: Results, plan: Plan, scripts: Path, large: int | None) -> dict[str, Operation]:
    """Fill in the results; returns the operations by name. `scripts` gets those of pgbench. Raises one of FAULTS."""
    say("how long a hash takes")
    results.calibration.mark("the start", _FIRST_AND_LAST_HASHES)
    measured = _measure_book(results, plan, scripts)
    if plan.is_whole:
        _measure_one_process(results)
    if large:
        _measure_large(results, plan, large)
    say("how long a hash takes")
    results.calibration.mark("the end", _FIRST_AND_LAST_HASHES)
    return measured


def _measure_book(results: Results, plan: Plan, scripts: Path) -> dict[str, Operation]:
    say("starting a platform of its own")
    with temporary_platform(archive=Path(ARCHIVE)) as platform:
        if platform.broker.is_in_process:
            raise CannotStart("There is no RabbitMQ on this machine, and without one the figures say nothing.")
        asked = operations(platform.url, seeded(platform, results.loans))
        _await_base_backup(platform)
        say("nothing")
        results.idle_cpu = measure_idle(platform)
        with followers_of(platform) as followers, settling_of(platform, results.idle_cpu) as settling:
            for name in plan.concurrencies:
                _measure_operation(results, plan, platform, asked[name], followers, settling)
            if plan.is_whole:
                _measure_followers(results, platform, asked, followers, settling)
            results.memory = results.memory or memory_bytes(platform)
        if plan.is_whole:
            _measure_limits(results, plan, platform, asked, scripts)
    return asked


def _await_base_backup(platform: Platform) -> None:
    """The first base backup, which every new platform makes after half a minute, takes a core while it is made. Raises
    CannotStart."""
    say("its first base backup")
    deadline = time.monotonic() + _BASE_BACKUP_SECONDS
    while not any((platform.root / ARCHIVE / "base").glob("[!.]*/backup.json")):
        if time.monotonic() > deadline:
            raise CannotStart("The first base backup was not made.")
        # A file that is written tells nobody.
        time.sleep(1)


def _measure_operation(
    results: Results,
    plan: Plan,
    platform: Platform,
    operation: Operation,
    followers: Followers,
    settling: Settling,
) -> None:
    results.calibration.mark(operation.name)
    for concurrency in plan.concurrencies[operation.name]:
        say(f"{operation.name}, {concurrency} at once")
        seconds = plan.seconds_of(operation.name)
        results.measurements.append(measure(platform, operation, concurrency, seconds))
        if operation.name == SINGLE:
            results.lag_after_load = followers.seconds_until_caught_up()
        settling.wait_without_mails()
    for concurrency, requests in plan.counted_of(operation.name):
        say(f"{operation.name}, {concurrency} at once, until all that comes of {requests} is done")
        cost = count_cost(
            platform,
            operation,
            concurrency,
            requests=requests,
            settling=settling,
            idle_cpu=results.idle_cpu,
        )
        results.costs.append(cost)


def _measure_followers(
    results: Results, platform: Platform, asked: dict[str, Operation], followers: Followers, settling: Settling
) -> None:
    """What is neither one operation nor alone."""
    results.calibration.mark("idle delays")
    say("a few repayments when idle")
    results.idle_delays = followers.idle_delays(asked[SINGLE])
    results.calibration.mark("logins at once")
    say("200 logins at once")
    meanwhile = [asked[name] for name in READ_MEANWHILE]
    results.during_logins = list(measure_during_logins(platform, meanwhile, asked["login"]))
    results.memory = memory_bytes(platform)
    settling.wait_without_mails()
    results.calibration.mark("catching up")
    say("catching up")
    results.catch_up = followers.catch_up(asked[SINGLE])
    # Sixty events at a time: last, so that nobody else's figures suffer from the followers' work.
    results.calibration.mark(SHEET)
    for concurrency in SHEETS_AT_ONCE if asked[SHEET].requests else ():
        say(f"{SHEET}, {concurrency} at once")
        results.measurements.append(measure(platform, asked[SHEET], concurrency, 3.0))


def seeded(platform: Platform, loans: int, *, is_audited: bool = True) -> Sample:
    """Fill the book by the command that everybody uses, and take a sample of it. Raises CannotStart."""
    say(f"seeding {loans:,} loans")
    password = strong_password()
    # Versions of before wrote as the services themselves.
    older = {f"{service.upper()}_DATABASE_URL": url for service, url in platform.database_urls.items()}
    environment = os.environ | getattr(platform, "seed_environment", older)
    command = [sys.executable, "-m", "deploy.seed", "--size", str(loans), "--password", password]
    command.append("--audit" if is_audited else "--no-audit")
    if subprocess.run(command, cwd=CODE, env=environment, stdout=sys.stderr, check=False).returncode:
        raise CannotStart("The book could not be seeded.")
    return take_sample(platform, password)


def _measure_limits(
    results: Results, plan: Plan, platform: Platform, asked: dict[str, Operation], scripts: Path
) -> None:
    """Last of all: what pgbench writes is no business of the services any more."""
    results.calibration.mark("limits")
    for operation in singles(asked):
        if operation.name == "login" or operation.name not in plan.concurrencies:
            continue
        say(f"the limit of {operation.name}")
        try:
            results.limits[operation.name] = limit(platform, operation, scripts)
        except NoLimit as error:
            say(f"{operation.name} goes without: {error}")


def _measure_one_process(results: Results) -> None:
    results.calibration.mark("all services in one process")
    say("all services in one process")
    with temporary_platform(broker_url="memory://") as platform:
        asked = operations(platform.url, seeded(platform, _LOANS_OF_ONE_PROCESS))
        for name in ("list_loans", SINGLE):
            measure(platform, asked[name], 16, 3.0)
        results.memory_of_one_process = memory_bytes(platform)["all-in-one"]


def _measure_large(results: Results, plan: Plan, loans: int) -> None:
    with temporary_platform() as platform:
        sample = seeded(platform, loans, is_audited=False)
        results.large_loans = loans
        results.calibration.mark("the large book")
        for operation in singles(operations(platform.url, sample)):
            if operation.name != "login":
                for concurrency in plan.concurrencies.get(operation.name, ()):
                    say(f"{operation.name}, {concurrency} at once, {loans:,} loans")
                    seconds = plan.seconds_of(operation.name)
                    results.large.append(measure(platform, operation, concurrency, seconds))


def say(what: str) -> None:
    """Tell whoever watches what is being done."""
    print(f"  {what}", file=sys.stderr, flush=True)
