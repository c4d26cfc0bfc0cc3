"""What came out, as tables for the terminal and as JSON for whoever compares runs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.followers import CatchUp
from bench.measuring import Measurement
from bench.operations import SHEET, SINGLE, Operation

DECIDING_CONCURRENCY = 64
IDLE_DELAY_LIMIT, LAG_LIMIT, STORM_LIMIT = 0.050, 1.0, 300.0
SHEETS_LEAST, CLOSE_DAY_LEAST, MISSING_CAUSES_LEAST = 5.0, 20_000.0, 500.0
CATCH_UP_LEAST, MEMORY_LIMIT, ALONE_MEMORY_LIMIT, GROWTH_LIMIT = 3000.0, 1e9, 250e6, 1.3


@dataclass(slots=True)
class Results:
    """Everything one run has found out; what was not asked for stays empty."""

    loans: int
    machine: str
    measurements: list[Measurement] = field(default_factory=list)
    during_logins: list[Measurement] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    hash_seconds: float = 0.0
    lag_after_load: float | None = None
    idle_delays: list[float] = field(default_factory=list)
    catch_up: CatchUp | None = None
    idle_cpu: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    memory_of_one_process: int = 0
    large: list[Measurement] = field(default_factory=list)
    large_loans: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure and the bound it has to keep."""

    what: str
    found: str
    needed: str
    is_met: bool


def show(results: Results, operations: Mapping[str, Operation]) -> None:
    """Print everything."""
    print(f"\n{results.loans:,} loans; {results.machine}\n")
    _show_measurements(results.measurements)
    _show_costs(results)
    if results.large:
        print(f"\nThe same at {results.large_loans:,} loans\n")
        _show_measurements(results.large)
    print("\nAgainst what is asked for (the reference is the backend that is being replaced)\n")
    for verdict in verdicts(results, operations):
        _show_verdict(verdict)


def _show_verdict(verdict: Verdict) -> None:
    print(f"  {'met   ' if verdict.is_met else 'MISSED'}  {verdict.what:<52} {verdict.found:>14}  {verdict.needed}")


def show_close_day(loans: int, per_second: float) -> int:
    """Print how fast a day was closed; returns 1 when that was too slow, else 0."""
    verdict = _at_least(f"closing a day on {loans:,} loans", per_second, CLOSE_DAY_LEAST, " loans/s")
    _show_verdict(verdict)
    return 0 if verdict.is_met else 1


def show_missing_causes(per_second: float) -> int:
    """Print how fast events were handled of which some lack their cause; returns 1 when that was too slow, else 0."""
    verdict = _at_least("events, one in three without its cause", per_second, MISSING_CAUSES_LEAST, " events/s")
    _show_verdict(verdict)
    return 0 if verdict.is_met else 1


def save(results: Results, operations: Mapping[str, Operation], folder: Path, name: str) -> Path:
    """Write everything as JSON; returns where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    judged = [asdict(verdict) for verdict in verdicts(results, operations)]
    path.write_text(json.dumps(asdict(results) | {"verdicts": judged}, indent=1) + "\n")
    return path


def verdicts(results: Results, operations: Mapping[str, Operation]) -> Iterator[Verdict]:
    """Each figure that has a bound."""
    for measurement in results.measurements:
        if measurement.concurrency == DECIDING_CONCURRENCY:
            yield from _against_reference(measurement, operations[measurement.operation])
    everything = (*results.measurements, *results.during_logins, *results.large)
    yield _at_most("failed requests", sum(measurement.errors for measurement in everything), 0, "")
    for measurement in results.during_logins[1:]:
        yield _at_most("p99 of others during 200 logins", measurement.p99, STORM_LIMIT, " ms")
    if results.lag_after_load is not None:
        yield _at_most("followers' lag after the repayments", results.lag_after_load * 1000, LAG_LIMIT * 1000, " ms")
    if results.idle_delays:
        slow = sorted(results.idle_delays)[int(len(results.idle_delays) * 0.95)]
        yield _at_most("commit to followers' effect when idle, p95", slow * 1000, IDLE_DELAY_LIMIT * 1000, " ms")
    if results.catch_up:
        yield _at_least("relay when behind", results.catch_up.relayed_per_second, CATCH_UP_LEAST, " events/s")
        for service, rate in results.catch_up.handled_per_second.items():
            yield _at_least(f"consumer of {service} when behind", rate, CATCH_UP_LEAST, " events/s")
    if results.memory:
        ours = sum(size for name, size in results.memory.items() if name != "postgres")
        yield _at_most("memory of all processes but PostgreSQL", ours / 1e6, MEMORY_LIMIT / 1e6, " MB")
    if results.memory_of_one_process:
        megabytes = results.memory_of_one_process / 1e6
        yield _at_most("memory of all services in one process", megabytes, ALONE_MEMORY_LIMIT / 1e6, " MB")
    yield from _sheets(results, operations)
    yield from _growth(results)


def _against_reference(measurement: Measurement, operation: Operation) -> Iterator[Verdict]:
    reference = operation.reference
    if reference is None:
        return
    ratio = measurement.per_second / reference.per_second
    what = f"{operation.name}: {measurement.per_second:,.0f}/s, reference {reference.per_second:g}/s"
    yield _at_least(what, ratio, reference.factor, " times")
    if reference.p99_limit:
        yield _at_most(f"{operation.name}: p99", measurement.p99, reference.p99_limit, " ms")


def _sheets(results: Results, operations: Mapping[str, Operation]) -> Iterator[Verdict]:
    """Payments in sheets, beside those that come one by one."""
    best = {
        name: max((one.per_second for one in results.measurements if one.operation == name), default=0.0)
        for name in (SINGLE, SHEET)
    }
    if all(best.values()):
        lines = operations[SHEET].lines
        rate, limit = best[SHEET] * lines, results.limits.get(SINGLE)
        beside = f", {rate / limit:.1f} times pgbench one by one" if limit else ""
        what = f"payments in sheets of {lines}: {rate:,.0f}/s{beside}"
        yield _at_least(what, rate / best[SINGLE], SHEETS_LEAST, " times one by one")


def _growth(results: Results) -> Iterator[Verdict]:
    small = {(measured.operation, measured.concurrency): measured for measured in results.measurements}
    for large in results.large:
        before = small.get((large.operation, large.concurrency))
        if before and large.concurrency == 1:
            what = f"{large.operation}: p50 at {results.large_loans:,} loans"
            yield _at_most(what, large.p50 / before.p50, GROWTH_LIMIT, " times")


def _at_most(what: str, found: float, limit: float, unit: str) -> Verdict:
    return Verdict(what, f"{_figure(found)}{unit}", f"at most {limit:,g}{unit}", found <= limit)


def _at_least(what: str, found: float, least: float, unit: str) -> Verdict:
    return Verdict(what, f"{_figure(found)}{unit}", f"at least {least:,g}{unit}", found >= least)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def _show_measurements(measurements: Sequence[Measurement]) -> None:
    heads = f"{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}{'refused':>8}{'behind':>8}"
    print(f"  {'operation':<28}{'at once':>8}{heads}  CPU ms per request")
    for one in measurements:
        figures = f"{one.per_second:>9,.1f}{one.p50:>9.1f}{one.p99:>9.1f}{one.errors:>8}{one.refused:>8}{one.behind:>8}"
        print(f"  {one.operation:<28}{one.concurrency:>8}{figures}  {_cpu(one)}")


def _cpu(measurement: Measurement) -> str:
    """All of it, and the four processes that took most."""
    most = sorted(measurement.cpu.items(), key=lambda item: -item[1])[:4]
    parts = ", ".join(f"{name} {milliseconds:.2f}" for name, milliseconds in most)
    return f"{sum(measurement.cpu.values()):.2f} ({parts}); driver {measurement.driver_cpu:.2f}"


def _show_costs(results: Results) -> None:
    if results.limits:
        print("\n  share of what PostgreSQL does with the same statements (pgbench)")
    for name, limit in results.limits.items():
        best = max(one.per_second for one in results.measurements if one.operation == name)
        print(f"  {name:<28}{best:>9,.0f} of {limit:>9,.0f} per s{best / limit:>8.0%}")
    for one in results.during_logins:
        counts = f"{one.requests} done, {one.refused} asked to come back later"
        print(f"\n  {one.operation} ({one.concurrency}): p50 {one.p50:.0f} ms, p99 {one.p99:.0f} ms; {counts}")
    if results.hash_seconds:
        print(f"\n  one bcrypt hash takes {results.hash_seconds * 1000:.0f} ms of CPU")
    if results.idle_cpu:
        shares = ", ".join(f"{name} {share:.1%}" for name, share in results.idle_cpu.items())
        print(f"\n  of one core when idle: {sum(results.idle_cpu.values()):.1%} ({shares})")
    if results.memory:
        sizes = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in results.memory.items())
        print(f"\n  memory (PSS, MB): {sizes}")
