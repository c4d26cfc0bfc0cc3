"""What one run has found out, and its figures in units of H, which can be held against those of another run."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.calibration import Calibration
from bench.followers import CatchUp
from bench.measurement import Cost, Measurement
from bench.processes import POSTGRES, total


@dataclass(slots=True)
class Results:
    """Everything; what was not asked for stays empty. `code` names the version that was measured."""

    code: str
    loans: int
    machine: str
    calibration: Calibration = field(default_factory=Calibration)
    measurements: list[Measurement] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    during_logins: list[Measurement] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    lag_after_load: float | None = None
    idle_delays: list[float] = field(default_factory=list)
    catch_up: CatchUp | None = None
    idle_cpu: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    memory_of_one_process: int = 0
    large: list[Measurement] = field(default_factory=list)
    large_loans: int = 0

    @property
    def hash_seconds(self) -> float:
        """H of the run."""
        return self.calibration.hash_seconds

    @property
    def our_memory(self) -> int:
        """Bytes of all processes but PostgreSQL."""
        return sum(size for name, size in self.memory.items() if name != POSTGRES)

    @property
    def failed(self) -> int:
        """Requests that failed in all loads."""
        return sum(one.total.errors for one in (*self.measurements, *self.during_logins, *self.large))


@dataclass(frozen=True, slots=True)
class Figure:
    """One value in a unit that holds on any machine; not `is_steady` when H was off around it."""

    about: str
    name: str
    value: float
    unit: str
    more_is_better: bool
    is_steady: bool


def figures(results: Results) -> Iterator[Figure]:
    """Every figure that is worth holding against another run's: throughput, p50, p99, CPU per request, memory."""
    unsteady = set() if results.calibration.agrees else {mark.before for mark in results.calibration.marks}
    unsteady |= results.calibration.unsteady
    for measurement in results.measurements:
        yield from _of_measurement(measurement, results.hash_seconds, measurement.operation not in unsteady)
    for cost in results.costs:
        about, milliseconds = f"{cost.operation}, {cost.concurrency} at once", total(cost.cpu)
        is_steady = cost.operation not in unsteady
        yield Figure(about, "CPU per request", milliseconds / 1000 / results.hash_seconds, "H", False, is_steady)
    if results.memory:
        yield Figure("memory", "all but PostgreSQL", results.our_memory / 1e6, "MB", False, True)
    if results.memory_of_one_process:
        yield Figure("memory", "all services in one process", results.memory_of_one_process / 1e6, "MB", False, True)


def _of_measurement(measurement: Measurement, hash_seconds: float, is_steady: bool) -> Iterator[Figure]:
    about = f"{measurement.operation}, {measurement.concurrency} at once"
    rate = measurement.total.per_second * hash_seconds
    yield Figure(about, "throughput", rate, "per H", True, is_steady)
    for kind, found in measurement.kinds.items():
        of_kind = f" of {kind}" if len(measurement.kinds) > 1 else ""
        for name, milliseconds in (("p50", found.p50), ("p99", found.p99)):
            yield Figure(about, name + of_kind, milliseconds / 1000 / hash_seconds, "H", False, is_steady)


def save(results: Results, more: Mapping[str, object], path: Path) -> None:
    """Write everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    derived = {
        "hash_seconds": results.hash_seconds,
        "failed": results.failed,
        "figures": [asdict(figure) for figure in figures(results)],
    }
    path.write_text(json.dumps(asdict(results) | derived | dict(more), indent=1) + "\n")
