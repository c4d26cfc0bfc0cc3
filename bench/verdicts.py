"""Each figure that has a bound, and whether it keeps it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench import reference
from bench.measurement import Measurement
from bench.operations import BY_A_SUPERVISOR, CREATION, REPORTS, SHEET, SINGLE, Operation
from bench.results import Results


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure and the bound it has to keep."""

    what: str
    found: str
    needed: str
    is_met: bool


def verdicts(results: Results, operations: Mapping[str, Operation]) -> Iterator[Verdict]:
    """Each figure that has a bound; times and rates in units of H."""
    hash_seconds = results.hash_seconds
    for measurement in results.measurements:
        yield from _at_once(measurement, hash_seconds)
        yield from _alone(measurement, hash_seconds)
    yield at_most("failed requests", results.failed, 0, "")
    for one in results.during_logins[1:]:
        yield at_most("p99 of others during 200 logins", one.total.p99 / 1000 / hash_seconds, reference.STORM, " H")
    if results.lag_after_load is not None:
        yield at_most("followers' lag after the repayments", results.lag_after_load / hash_seconds, reference.LAG, " H")
    if results.idle_delays:
        slow = sorted(results.idle_delays)[int(len(results.idle_delays) * 0.95)] / hash_seconds
        yield at_most("commit to followers' effect when idle, p95", slow, reference.IDLE_DELAY, " H")
    if catch_up := results.catch_up:
        rates = {"relay": catch_up.relayed_per_second} | {
            f"consumer of {service}": rate for service, rate in catch_up.handled_per_second.items()
        }
        for name, rate in rates.items():
            yield at_least(f"{name} when behind", rate * hash_seconds, reference.CATCH_UP, " events/H")
    if results.memory:
        megabytes = results.our_memory / 1e6
        yield at_most("memory of all processes but PostgreSQL", megabytes, reference.MEMORY / 1e6, " MB")
    if results.memory_of_one_process:
        megabytes = results.memory_of_one_process / 1e6
        bound = reference.MEMORY_OF_ONE_PROCESS / 1e6
        yield at_most("memory of all services in one process", megabytes, bound, " MB")
    yield from _sheets(results, operations)
    yield from _growth(results)
    yield from _reports(results)


def _at_once(measurement: Measurement, hash_seconds: float) -> Iterator[Verdict]:
    name, concurrency = measurement.operation, measurement.concurrency
    asked = reference.AT_ONCE.get(name)
    if asked and concurrency == asked.concurrency:
        rate = measurement.total.per_second * hash_seconds
        what = f"{name}: {rate / asked.reference:.1f} times the reference"
        yield at_least(what, rate, asked.asked, " per H")
        if asked.p99:
            yield at_most(f"{name}: p99", measurement.total.p99 / 1000 / hash_seconds, asked.p99, " H")
    if name == CREATION and concurrency == reference.CREATIONS_AT_ONCE and CREATION in measurement.kinds:
        slow = measurement.kinds[CREATION].p99 / 1000 / hash_seconds
        yield at_most(f"{name}, {concurrency} at once: p99", slow, reference.CREATION_P99, " H")


def _alone(measurement: Measurement, hash_seconds: float) -> Iterator[Verdict]:
    asked = reference.ALONE.get(measurement.operation)
    found = measurement.kinds.get(measurement.operation)
    if asked and found and measurement.concurrency == 1:
        for name, milliseconds, bound in (("p50", found.p50, asked.p50), ("p99", found.p99, asked.p99)):
            what = f"{measurement.operation} alone: {name}"
            yield at_most(what, milliseconds / 1000 / hash_seconds, bound, " H")


def _sheets(results: Results, operations: Mapping[str, Operation]) -> Iterator[Verdict]:
    """Payments in sheets, beside those that come one by one."""
    best = {
        name: max((one.total.per_second for one in results.measurements if one.operation == name), default=0.0)
        for name in (SINGLE, SHEET)
    }
    if all(best.values()):
        lines = operations[SHEET].lines
        rate, limit = best[SHEET] * lines, results.limits.get(SINGLE)
        beside = f", {rate / limit:.1f} times pgbench one by one" if limit else ""
        what = f"payments in sheets of {lines}: {rate:,.0f}/s{beside}"
        yield at_least(what, rate / best[SINGLE], reference.SHEETS, " times one by one")


def _growth(results: Results) -> Iterator[Verdict]:
    small = {(measured.operation, measured.concurrency): measured for measured in results.measurements}
    for large in results.large:
        before = small.get((large.operation, large.concurrency))
        is_report = large.operation.removesuffix(BY_A_SUPERVISOR) in REPORTS
        if before and large.concurrency == 1 and not is_report:
            what = f"{large.operation}: p50 at {results.large_loans:,} loans"
            yield at_most(what, large.total.p50 / before.total.p50, reference.GROWTH, " times")


def _reports(results: Results) -> Iterator[Verdict]:
    """What a manager waits for in the morning."""
    for large in results.large:
        if large.operation.removesuffix(BY_A_SUPERVISOR) in REPORTS and large.concurrency == 1:
            bound = reference.OF_A_TEAM if large.operation.endswith(BY_A_SUPERVISOR) else reference.OF_ALL
            what = f"{large.operation} at {results.large_loans:,} loans: p95"
            yield at_most(what, large.total.p95, bound, " ms")


def at_most(what: str, found: float, bound: float, unit: str) -> Verdict:
    return Verdict(what, f"{figure(found)}{unit}", f"at most {bound:,g}{unit}", found <= bound)


def at_least(what: str, found: float, bound: float, unit: str) -> Verdict:
    return Verdict(what, f"{figure(found)}{unit}", f"at least {bound:,g}{unit}", found >= bound)


def figure(value: float) -> str:
    """With as many digits as tell something."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3g}"
