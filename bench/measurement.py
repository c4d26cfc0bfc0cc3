"""One measurement: an operation at so many requests at once, how fast it is and what every process spends on it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.backlog import Settling
from bench.driver import Answers, Driving, Load, Outcome, Request, put_on
from bench.operations import Operation
from bench.processes import cpu_seconds, used_between
from deploy.local.platform import Platform

_WARM_UP_SECONDS = 0.5
STORM = 200
_STORM_CONNECTIONS = 8
_IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Of requests that succeeded, how many a second and their latencies in milliseconds.

    `errors` failed, `refused` were asked to come back later, `behind` were answered before every follower had followed.
    """

    requests: int
    per_second: float
    p50: float
    p95: float
    p99: float
    errors: int
    refused: int
    behind: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """All requests of one load together, and each kind of them; `driver_cpu` is in milliseconds per request."""

    operation: str
    concurrency: int
    total: Figures
    kinds: dict[str, Figures]
    driver_cpu: float


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds per request by process, with all that came of the requests afterwards, for `settled` seconds."""

    operation: str
    concurrency: int
    requests: int
    cpu: dict[str, float]
    settled: float


def measure(platform: Platform, operation: Operation, concurrency: int, seconds: float) -> Measurement:
    """Warm up, then measure for so long. Raises Stalled."""
    put_on(load_of(platform, operation.requests, concurrency, _WARM_UP_SECONDS))
    outcome = put_on(load_of(platform, operation.requests, concurrency, seconds))
    return _measurement(operation.name, concurrency, outcome)


def count_cost(
    platform: Platform,
    operation: Operation,
    concurrency: int,
    *,
    requests: int,
    settling: Settling,
    idle_cpu: Mapping[str, float],
) -> Cost:
    """Send so many requests and wait until all has been done that comes of them, mails included.

    What the processes take when idle, by `idle_cpu`, is not counted. Raises Stalled, NeverSettled.
    """
    driving = Driving(load_of(platform, operation.requests, concurrency, 60, at_most=requests))
    before, started = cpu_seconds(platform), time.monotonic()
    driving.begin()
    answered = driving.outcome().total.answered
    settled = settling.wait()
    used, seconds = used_between(before, cpu_seconds(platform)), time.monotonic() - started
    cpu = cost_per_request(used, idle_cpu, seconds, answered)
    return Cost(operation.name, concurrency, answered, cpu, settled)


def cost_per_request(
    used: Mapping[str, float], idle_cpu: Mapping[str, float], seconds: float, requests: int
) -> dict[str, float]:
    """CPU milliseconds per request by process, from CPU seconds used over so many seconds, without idle shares."""
    return {
        name: max(0.0, spent - idle_cpu.get(name, 0.0) * seconds) / max(1, requests) * 1000
        for name, spent in used.items()
    }


def measure_during_logins(
    platform: Platform, others: Sequence[Operation], login: Operation
) -> tuple[Measurement, Measurement]:
    """So many people sign in at once while others go on reading; returns the logins and what the others got."""
    logins = Driving(load_of(platform, login.requests, STORM, seconds=60, at_most=STORM))
    requests = [operation.requests[turn % len(operation.requests)] for turn in range(50) for operation in others]
    reads = Driving(load_of(platform, requests, _STORM_CONNECTIONS, seconds=10))
    logins.begin()
    reads.begin()
    during, signed_in = reads.outcome(), logins.outcome()
    return (
        _measurement("logins at once", STORM, signed_in),
        _measurement("others meanwhile", _STORM_CONNECTIONS, during),
    )


def measure_idle(platform: Platform, seconds: float = _IDLE_SECONDS) -> dict[str, float]:
    """CPU seconds per second of each process when nobody asks for anything."""
    before = cpu_seconds(platform)
    # Waits for nothing: this is the time in which nobody asks.
    time.sleep(seconds)
    used = used_between(before, cpu_seconds(platform))
    return {process: spent / seconds for process, spent in used.items()}


def load_of(
    platform: Platform, requests: Sequence[Request], connections: int, seconds: float, at_most: int | None = None
) -> Load:
    """A load on all gateways."""
    return Load(platform.urls, connections, requests, seconds, at_most)


def _measurement(name: str, concurrency: int, outcome: Outcome) -> Measurement:
    total = outcome.total
    return Measurement(
        operation=name,
        concurrency=concurrency,
        total=figures_of(total, outcome.seconds),
        kinds={kind: figures_of(answers, outcome.seconds) for kind, answers in sorted(outcome.kinds.items())},
        driver_cpu=outcome.cpu_seconds / max(1, total.answered) * 1000,
    )


def figures_of(answers: Answers, seconds: float) -> Figures:
    """The figures of what came back within so many seconds."""
    return Figures(
        requests=answers.count,
        per_second=answers.count / seconds,
        p50=answers.percentile(0.5) * 1000,
        p95=answers.percentile(0.95) * 1000,
        p99=answers.percentile(0.99) * 1000,
        errors=answers.errors - answers.refused,
        refused=answers.refused,
        behind=answers.behind,
    )
