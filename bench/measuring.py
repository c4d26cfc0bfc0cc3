"""One measurement: an operation at so many requests at once, with what every process spent on it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.driver import Driving, Load, Outcome, put_on
from bench.operations import Operation
from bench.processes import cpu_seconds, used_between
from deploy.local.platform import Platform

# Each login is a quarter of a second of CPU on purpose, so those need longer to tell anything.
_SECONDS = {"login": 8.0, "record_repayment": 6.0}
_USUAL_SECONDS, _WARM_UP_SECONDS = 3.0, 0.5
STORM = 200
_STORM_CONNECTIONS = 8
_IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """Latencies in milliseconds; CPU milliseconds per request by process, and what the driver itself took.

    `refused` were asked to come back later, `behind` were answered before every follower had followed.
    """

    operation: str
    concurrency: int
    requests: int
    per_second: float
    p50: float
    p99: float
    errors: int
    refused: int
    behind: int
    cpu: dict[str, float]
    driver_cpu: float


def measure(platform: Platform, operation: Operation, concurrency: int) -> Measurement:
    """Warm up, then measure. Raises Stalled."""
    put_on(load_of(platform, operation.requests, concurrency, _WARM_UP_SECONDS))
    load = load_of(platform, operation.requests, concurrency, _SECONDS.get(operation.name, _USUAL_SECONDS))
    driving = Driving(load)
    before = cpu_seconds(platform)
    driving.begin()
    outcome = driving.outcome()
    used = used_between(before, cpu_seconds(platform))
    return _measurement(operation.name, concurrency, outcome, used)


def measure_during_logins(
    platform: Platform, others: Sequence[Operation], login: Operation
) -> tuple[Measurement, Measurement]:
    """So many people sign in at once while others go on reading; returns the logins and what the others got."""
    logins = Driving(load_of(platform, login.requests, STORM, seconds=60, at_most=STORM))
    requests = [operation.requests[turn % len(operation.requests)] for turn in range(50) for operation in others]
    reads = Driving(load_of(platform, requests, _STORM_CONNECTIONS, seconds=10))
    before = cpu_seconds(platform)
    logins.begin()
    reads.begin()
    during, signed_in = reads.outcome(), logins.outcome()
    used = used_between(before, cpu_seconds(platform))
    return (
        _measurement("logins at once", STORM, signed_in, {}),
        _measurement("others meanwhile", _STORM_CONNECTIONS, during, used),
    )


def measure_idle(platform: Platform) -> dict[str, float]:
    """CPU seconds per second of each process when nobody asks for anything."""
    before = cpu_seconds(platform)
    # Waits for nothing: this is the time in which nobody asks.
    time.sleep(_IDLE_SECONDS)
    used = used_between(before, cpu_seconds(platform))
    return {process: seconds / _IDLE_SECONDS for process, seconds in used.items()}


def load_of(
    platform: Platform, requests: Sequence[bytes], connections: int, seconds: float, at_most: int | None = None
) -> Load:
    """A load on the first gateway."""
    place = urlsplit(platform.url)
    return Load(place.hostname or "", place.port or 0, connections, requests, seconds, at_most)


def _measurement(name: str, concurrency: int, outcome: Outcome, used: dict[str, float]) -> Measurement:
    return Measurement(
        operation=name,
        concurrency=concurrency,
        requests=outcome.count,
        per_second=outcome.per_second,
        p50=outcome.percentile(0.5) * 1000,
        p99=outcome.percentile(0.99) * 1000,
        errors=outcome.errors - outcome.refused,
        refused=outcome.refused,
        behind=outcome.behind,
        cpu={process: seconds / max(1, outcome.answered) * 1000 for process, seconds in used.items()},
        driver_cpu=outcome.cpu_seconds / max(1, outcome.answered) * 1000,
    )
