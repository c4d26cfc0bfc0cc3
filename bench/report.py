"""What came out, as tables for the terminal; absolute figures stand beside those in units of H."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from bench import reference
from bench.measurement import Cost, Figures, Measurement
from bench.operations import Operation
from bench.processes import POSTGRES, total
from bench.results import Results
from bench.verdicts import Verdict, at_least, figure, verdicts

_UNKNOWN = "-"


def show(results: Results, operations: Mapping[str, Operation]) -> None:
    """Print everything."""
    print(f"\n{results.code}: {results.loans:,} loans; {results.machine}")
    for line in results.calibration.remarks():
        print(line)
    print(f"\nAt so many at once (reference: {reference.SOURCE})\n")
    _show_measurements(results.measurements, results.hash_seconds)
    print("\nAlone, in parts of H\n")
    _show_alone(results.measurements, results.hash_seconds)
    if results.costs:
        print("\nCPU milliseconds per request, with all that comes of it afterwards\n")
        _show_costs(results.costs, results.hash_seconds)
    if results.memory:
        print("\nMemory in MB, shared pages counted once (PSS)\n")
        _show_memory(results)
    _show_others(results)
    if results.large:
        print(f"\nAt {results.large_loans:,} loans\n")
        _show_measurements(results.large, results.hash_seconds)
    print("\nAgainst what is asked for\n")
    for verdict in verdicts(results, operations):
        _show_verdict(verdict)


def show_close_day(loans: int, per_second: float) -> int:
    """Print how fast a day was closed; returns 1 when that was too slow, else 0."""
    verdict = at_least(f"closing a day on {loans:,} loans", per_second, reference.CLOSE_DAY, " loans/s")
    _show_verdict(verdict)
    return 0 if verdict.is_met else 1


def show_missing_causes(per_second: float) -> int:
    """Print how fast events were handled of which some lack their cause; returns 1 when that was too slow, else 0."""
    verdict = at_least("events, one in three without its cause", per_second, reference.MISSING_CAUSES, " events/s")
    _show_verdict(verdict)
    return 0 if verdict.is_met else 1


def show_verdicts(found: Sequence[Verdict]) -> int:
    """Print what was found of something that is measured alone; returns 1 when anything is missed, else 0."""
    for verdict in found:
        _show_verdict(verdict)
    return 0 if all(verdict.is_met for verdict in found) else 1


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows in columns as wide as needed, the first to the left and the others to the right."""
    kept = [list(row) for row in rows]
    first, *others = [max(map(len, column)) for column in zip(*kept, strict=True)]
    lines = []
    for name, *cells in kept:
        aligned = [f"{cell:>{width}}" for cell, width in zip(cells, others, strict=True)]
        lines.append("  ".join(["", f"{name:<{first}}", *aligned]).rstrip())
    return "\n".join(lines)


def _show_verdict(verdict: Verdict) -> None:
    print(f"  {'met   ' if verdict.is_met else 'MISSED'}  {verdict.what:<52} {verdict.found:>14}  {verdict.needed}")


def _show_measurements(measurements: Sequence[Measurement], hash_seconds: float) -> None:
    heads = ["operation", "at once", "per s", "per H", "reference", "ratio", "asked"]
    heads += ["p50 ms", "p50 H", "p99 ms", "p99 H", "errors", "refused", "behind"]
    print(table([heads, *chain.from_iterable(_rows(one, hash_seconds) for one in measurements)]))


def _rows(measurement: Measurement, hash_seconds: float) -> list[list[str]]:
    """A row for all, and one for each kind of request if there are several."""
    asked = reference.AT_ONCE.get(measurement.operation)
    held = [_UNKNOWN] * 3
    if asked and asked.concurrency == measurement.concurrency:
        rate = measurement.total.per_second * hash_seconds
        held = [f"{asked.reference:g}", f"{rate / asked.reference:.1f}", f"{asked.asked:g}"]
    rows = [_row(measurement.operation, str(measurement.concurrency), measurement.total, hash_seconds, held)]
    if len(measurement.kinds) > 1:
        rows += [_row(f"  {kind}", "", found, hash_seconds, [""] * 3) for kind, found in measurement.kinds.items()]
    return rows


def _row(name: str, at_once: str, found: Figures, hash_seconds: float, held: list[str]) -> list[str]:
    rates = [f"{found.per_second:,.1f}", f"{found.per_second * hash_seconds:,.1f}"]
    times = [text for each in (found.p50, found.p99) for text in (f"{each:,.1f}", f"{each / 1000 / hash_seconds:.3f}")]
    return [name, at_once, *rates, *held, *times, str(found.errors), str(found.refused), str(found.behind)]


def _show_alone(measurements: Sequence[Measurement], hash_seconds: float) -> None:
    rows = [["operation", "", "ms", "H", "reference", "ratio", "asked"]]
    for one in measurements:
        asked, found = reference.ALONE.get(one.operation), one.kinds.get(one.operation)
        if asked and found and one.concurrency == 1:
            rows += [
                _alone_row(one.operation, "p50", found.p50, hash_seconds, asked.reference_p50, asked.p50),
                _alone_row("", "p99", found.p99, hash_seconds, asked.reference_p99, asked.p99),
            ]
    print(table(rows))


def _alone_row(
    name: str, part: str, milliseconds: float, hash_seconds: float, before: float | None, asked: float
) -> list[str]:
    ours = milliseconds / 1000 / hash_seconds
    held = [f"{before:g}", f"{before / ours:.1f}"] if before and ours else [_UNKNOWN] * 2
    return [name, part, f"{milliseconds:.1f}", f"{ours:.3f}", *held, f"{asked:g}"]


def _show_costs(costs: Sequence[Cost], hash_seconds: float) -> None:
    names = list(dict.fromkeys(name for cost in costs for name in cost.cpu))
    totals = [total(cost.cpu) for cost in costs]
    rows = [
        ["process", *(cost.operation for cost in costs)],
        ["at once", *(str(cost.concurrency) for cost in costs)],
        *([name, *(f"{cost.cpu.get(name, 0.0):.2f}" for cost in costs)] for name in names),
        ["all but upkeep", *(f"{milliseconds:.2f}" for milliseconds in totals)],
        ["in H", *(f"{milliseconds / 1000 / hash_seconds:.4f}" for milliseconds in totals)],
        ["requests", *(str(cost.requests) for cost in costs)],
        ["seconds afterwards", *(f"{cost.settled:.1f}" for cost in costs)],
    ]
    print(table(rows))


def _show_memory(results: Results) -> None:
    ours = {name: size for name, size in results.memory.items() if name != POSTGRES}
    rows = [[name, f"{size / 1e6:.0f}"] for name, size in ours.items()]
    rows += [["all but PostgreSQL", f"{results.our_memory / 1e6:.0f}"]]
    rows += [["PostgreSQL", f"{results.memory.get(POSTGRES, 0) / 1e6:.0f}"]]
    print(table(rows))


def _show_others(results: Results) -> None:
    if results.limits:
        print("\n  share of what PostgreSQL does with the same statements (pgbench)")
    for name, limit in results.limits.items():
        best = max(one.total.per_second for one in results.measurements if one.operation == name)
        print(f"  {name:<28}{best:>9,.0f} of {limit:>9,.0f} per s{best / limit:>8.0%}")
    for one in results.during_logins:
        total = one.total
        counts = f"{total.requests} done, {total.refused} asked to come back later"
        print(f"\n  {one.operation} ({one.concurrency}): p50 {total.p50:.0f} ms, p99 {total.p99:.0f} ms; {counts}")
    if results.idle_cpu:
        shares = ", ".join(f"{name} {share:.1%}" for name, share in results.idle_cpu.items())
        print(f"\n  of one core when idle: {sum(results.idle_cpu.values()):.1%} ({shares})")
    if results.catch_up:
        rates = {"relay": results.catch_up.relayed_per_second} | results.catch_up.handled_per_second
        text = ", ".join(f"{name} {figure(rate)}" for name, rate in rates.items())
        print(f"\n  events a second when behind: {text}")
