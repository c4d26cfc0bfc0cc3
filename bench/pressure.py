"""What was busy while a load was on, and what waited: the machine's cores, each process, the database."""

import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.ceilings import DRIVER, OF_PYTHON, by_kind, kind_of
from bench.driver import Driving, Outcome
from bench.processes import cpu_seconds, used_between
from deploy.local.platform import Platform

_LOOK_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of the first line of /proc/stat, behind its name: what runs, and what the machine below took for others.
_BUSY, _STOLEN = (0, 1, 2, 5, 6), 7
FULL = 0.9
"""From this share of a core on it counts as busy all the time: the rest goes to changing from one to the next."""
_TELLING = 0.05
"""Smaller shares, and smaller counts, are not worth a word."""
RUNNING = "run"
# By what PostgreSQL calls the kind of a wait.
_WAITS = {
    "Lock": "wait for a row that another has",
    "LWLock": "wait for each other inside PostgreSQL",
    "IO": "wait for the disk",
    "Client": "wait for their service to send or to read",
    "IPC": "wait for another process of PostgreSQL",
}
_BETWEEN = "wait for the next statement of their service"
_CONNECTIONS = """
SELECT usename, state, wait_event_type FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND usename <> session_user
"""


@dataclass(frozen=True, slots=True)
class Pressure:
    """While a load was on: of so many `cores`, how many the `machine` was busy with, and how many were `stolen` by
    others on the machine below; by process how many it had, the driver among them; in the database, how many
    transactions were in each state on average, and by role how many connections were open at most. `load_average` is
    the machine's before."""

    cores: int
    machine: float
    stolen: float
    processes: Mapping[str, float]
    transactions: Mapping[str, float]
    connections: Mapping[str, int]
    load_average: float

    @property
    def others(self) -> float:
        """Cores that went to whatever is neither the platform nor the driver, the kernel's own work among it."""
        return max(0.0, self.machine - sum(self.processes.values()))

    @property
    def left(self) -> float:
        """Cores that nobody else took."""
        return self.cores - self.stolen - self.others


class Watch:
    """Looks on while loads run, over a connection of the superuser."""

    def __init__(self, platform: Platform, database: psycopg.Connection) -> None:
        self._platform, self._database = platform, database

    @property
    def most_connections(self) -> int:
        """How many the database takes from all together."""
        row = self._database.execute("SELECT current_setting('max_connections')").fetchone()
        return int(row[0]) if row else 0

    def during(self, driving: Driving) -> tuple[Outcome, Pressure]:
        """Let a load begin and wait for its end. Raises Stalled."""
        load_average = os.getloadavg()[0]
        machine, before, started = _machine_seconds(), cpu_seconds(self._platform), time.monotonic()
        driving.begin()
        states: defaultdict[str, int] = defaultdict(int)
        connections: dict[str, int] = {}
        looks = 0
        while not driving.is_over(_LOOK_SECONDS):
            looks += 1
            self._look(states, connections)
        outcome = driving.outcome()
        used, seconds = used_between(before, cpu_seconds(self._platform)), time.monotonic() - started
        busy, stolen = (after - earlier for after, earlier in zip(_machine_seconds(), machine, strict=True))
        pressure = Pressure(
            cores=os.cpu_count() or 1,
            machine=busy / seconds,
            stolen=stolen / seconds,
            processes={name: spent / seconds for name, spent in (used | {DRIVER: outcome.cpu_seconds}).items()},
            transactions={state: count / max(1, looks) for state, count in states.items()},
            connections=connections,
            load_average=load_average,
        )
        return outcome, pressure

    def _look(self, states: defaultdict[str, int], connections: dict[str, int]) -> None:
        rows = self._database.execute(_CONNECTIONS).fetchall()
        for _, state, wait in rows:
            if state == "active":
                states[_WAITS.get(wait, RUNNING)] += 1
            elif state != "idle":
                states[_BETWEEN] += 1
        for role, count in Counter(row[0] for row in rows).items():
            connections[role] = max(count, connections.get(role, 0))


def limits(pressure: Pressure) -> Iterator[str]:
    """What keeps a load from being faster, a sentence each, by what was measured."""
    taken = pressure.machine + pressure.stolen
    cores = f"{taken:.2f} of {pressure.cores} cores"
    full = [name for name, share in pressure.processes.items() if share >= FULL and kind_of(name) in OF_PYTHON]
    kinds = sorted(by_kind(pressure.processes).items(), key=lambda one: -one[1])
    shares = ", ".join(f"{kind} {share:.2f}" for kind, share in kinds if share >= _TELLING)
    if taken >= FULL * pressure.cores:
        yield f"the cores of this machine: {cores} are busy ({shares}, all else {pressure.others:.2f})"
    else:
        yield f"not the cores: {cores} are busy ({shares}, all else {pressure.others:.2f})"
    for name in full:
        yield f"{name} has its one core nearly to itself: {pressure.processes[name]:.2f}"
    states = sorted(pressure.transactions.items(), key=lambda one: -one[1])
    texts = [f"{count:.1f} {state}" for state, count in states if count >= _TELLING]
    if texts:
        yield f"of the transactions that are open on average {', '.join(texts)}"


def _machine_seconds() -> tuple[float, float]:
    """CPU seconds of all cores since the start of the machine, busy and stolen."""
    fields = [int(ticks) for ticks in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(fields[index] for index in _BUSY) / _TICKS, fields[_STOLEN] / _TICKS


@contextmanager
def watch_of(platform: Platform) -> Iterator[Watch]:
    """What looks on while loads run on a platform."""
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        yield Watch(platform, database)
