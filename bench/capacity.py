"""What an institution of some size needs: from the CPU of each process per request, as a run has measured it, to
processes and cores; and a simulation of that, held against what the same run has measured."""

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.compare import NotComparable
from bench.operations import MIXED
from bench.processes import POSTGRES, UPKEEP
from bench.report import table
from bench.simulation import Journey, Machine, Outcome, Piece, closed, open_ended
from deploy.local.platform import WEB_PROCESSES

OFFICERS = 10_000
REQUESTS_OF_A_DAY, SHARE_OF_THE_PEAK = 100, 0.25
"""What an officer asks for in a day, mixed as in `mixed_day` (70 reads, 20 payments, 5 new members and their loans),
and how much of it in the busiest hour."""
MOST_USED = 0.5
"""How much of a process or of a core is used in that hour, so that one of two may go."""
_DRIVER, _GATEWAY = "driver", "gateway"
_NOT_OURS = (UPKEEP, "epmd", "template", "backups")
_SIMULATED = 4_000
_NUMBER = re.compile(r"-\d+$")


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured of an operation at so many at once."""

    operation: str
    at_once: int
    per_second: float
    driver_cpu: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The points of a run, and by operation the CPU milliseconds of each process per request."""

    cores: int
    points: Sequence[Point]
    costs: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Need:
    """How many cores' worth of a process is asked for in the busiest hour, and how many workers that takes."""

    process: str
    milliseconds: float
    cores: float
    workers: int


def read_measured(path: Path) -> Measured:
    """A saved run. Raises NotComparable."""
    try:
        saved = json.loads(path.read_text())
        points = [
            Point(one["operation"], one["concurrency"], one["total"]["per_second"], one["driver_cpu"])
            for one in saved["measurements"]
        ]
        costs = {one["operation"]: _by_kind(one["cpu"]) for one in saved["costs"]}
        return Measured(int(saved["machine"].split()[0]), points, costs)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotComparable(f"{path} is no saved run of this bench: {error!r}") from error


def _by_kind(cpu: Mapping[str, float]) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for process, milliseconds in cpu.items():
        if process not in _NOT_OURS:
            found[_NUMBER.sub("", process)] += milliseconds
    return dict(found)


def journey_of(cpu: Mapping[str, float], driver_cpu: float = 0.0) -> Journey:
    """A request goes through the gateway to the web processes and back, with what the database does for them; workers
    and the broker follow. The database's time is put to both by their own."""
    webs = {process: spent for process, spent in cpu.items() if process.endswith("-web")}
    workers = {process: spent for process, spent in cpu.items() if process.endswith("-worker")}
    asked, followed = sum(webs.values()), sum(workers.values())
    share = asked / (asked + followed) if asked else 1.0
    database, gateway = cpu.get(POSTGRES, 0.0), cpu.get(_GATEWAY, 0.0)
    around = [Piece(_DRIVER, driver_cpu / 2), Piece(_GATEWAY, gateway / 2)]
    inside = [Piece(process, spent) for process, spent in webs.items()] + [Piece(POSTGRES, database * share)]
    later = [Piece(process, spent) for process, spent in (*workers.items(), ("rabbitmq", cpu.get("rabbitmq", 0.0)))]
    later.append(Piece(POSTGRES, database * (1 - share)))
    return Journey(_lasting([*around, *inside, *reversed(around)]), _lasting(later))


def _lasting(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.milliseconds > 0.001]


def simulated(measured: Measured, point: Point) -> Outcome | None:
    """A measured point, simulated on a machine like that of the run; None where the CPU of the operation was not
    counted."""
    if point.operation not in measured.costs:
        return None
    cpu = measured.costs[point.operation]
    workers = _one_each(cpu) | {f"{service}-web": count for service, count in WEB_PROCESSES.items()}
    machine = Machine(measured.cores, workers)
    return closed(machine, journey_of(cpu, point.driver_cpu), at_once=point.at_once, requests=_SIMULATED)


def _one_each(cpu: Mapping[str, float]) -> dict[str, int]:
    """Python runs on one core at a time; PostgreSQL and RabbitMQ run on all there are."""
    return dict.fromkeys((_DRIVER, *(process for process in cpu if process not in (POSTGRES, "rabbitmq"))), 1)


def busiest(officers: int) -> float:
    """Requests a second in the busiest hour."""
    return officers * REQUESTS_OF_A_DAY * SHARE_OF_THE_PEAK / 3600


def needs(cpu: Mapping[str, float], per_second: float) -> Iterator[Need]:
    """What each process needs for so many mixed requests a second, the most used first."""
    for process, milliseconds in sorted(cpu.items(), key=lambda one: -one[1]):
        cores = per_second * milliseconds / 1000
        yield Need(process, milliseconds, cores, max(1, math.ceil(cores / MOST_USED)))


def show_capacity(path: Path, officers: int) -> int:
    """Print the simulation beside what was measured, and what so many officers need; returns the exit status. Raises
    NotComparable."""
    measured = read_measured(path)
    if MIXED not in measured.costs:
        raise NotComparable(f"{path} has not counted the CPU of {MIXED}.")
    print(table([["operation", "at once", "measured", "simulated", "ratio"], *_points(measured)]))
    cpu, rate = measured.costs[MIXED], busiest(officers)
    found = list(needs(cpu, rate))
    cores = math.ceil(sum(need.cores for need in found) / MOST_USED)
    print(f"\n{officers:,} officers: {rate:.0f} requests a second in the busiest hour\n")
    print(table([["process", "ms", "cores used", "workers"], *map(_cells, found)]))
    workers = {need.process: need.workers for need in found if need.process not in (POSTGRES, "rabbitmq")}
    outcome = open_ended(Machine(cores, workers), journey_of(cpu), per_second=rate, requests=_SIMULATED)
    print(f"\nOn {cores} cores, simulated: half within {outcome.p50:.0f} ms, 99 of 100 within {outcome.p99:.0f} ms")
    return 0


def _points(measured: Measured) -> Iterator[list[str]]:
    for point in measured.points:
        if found := simulated(measured, point):
            ratio = found.per_second / point.per_second
            figures = [f"{point.per_second:.0f}", f"{found.per_second:.0f}", f"{ratio:.2f}"]
            yield [point.operation, str(point.at_once), *figures]


def _cells(need: Need) -> list[str]:
    return [need.process, f"{need.milliseconds:.2f}", f"{need.cores:.2f}", str(need.workers)]
