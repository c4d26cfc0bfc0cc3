"""What hosts of two cores each would carry: arithmetic on the CPU that each process takes per request.

Who has so many cores, less what it takes when nobody asks for anything, and spends so many milliseconds of CPU on a
request, carries cores x 1000 / milliseconds requests a second. The hosts have their cores together, a process of Python
has one of them, and the database and the broker have a machine of two cores each, however many hosts there are. The
lowest of these is what all of it carries.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bench.processes import POSTGRES, UPKEEP

CORES = 2
"""Of each host, and of the machines of the database and of the broker."""
GATEWAY, WEB, WORKER, BROKER, DRIVER = "gateway", "web", "workers", "rabbitmq", "driver"
KINDS = (GATEWAY, WEB, WORKER, POSTGRES, UPKEEP, BROKER, DRIVER)
OF_PYTHON = (GATEWAY, WEB, WORKER, DRIVER)
"""These have one core at a time."""
_ON_HOSTS = (GATEWAY, WEB, WORKER)
_NUMBER = re.compile(r"-\d+$")
# Milliseconds: as much comes of what a process takes when nobody asks, which is not always the same.
_NOTHING = 0.1


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Who takes so many milliseconds of CPU for a request, of so many cores that are free for it."""

    who: str
    milliseconds: float
    cores: float

    @property
    def per_second(self) -> float:
        """Requests a second at which all of these cores are busy."""
        return self.cores * 1000 / self.milliseconds


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Of all hosts: their cores together, their busiest process, the database and the broker; the last is None where
    requests do not reach it."""

    together: Ceiling
    process: Ceiling
    database: Ceiling
    broker: Ceiling | None

    @property
    def lowest(self) -> Ceiling:
        """What all of it carries."""
        every = (self.together, self.process, self.database, *([self.broker] if self.broker else []))
        return min(every, key=lambda one: one.per_second)

    @property
    def of_hosts(self) -> float:
        """What the hosts would carry a second if database and broker knew no limit."""
        return min(self.together.per_second, self.process.per_second)


def kind_of(process: str) -> str | None:
    """One of KINDS; None for what takes no part in requests, such as the template."""
    name = _NUMBER.sub("", process)
    if name in (GATEWAY, POSTGRES, UPKEEP, BROKER, DRIVER):
        return name
    return next((kind for end, kind in (("-web", WEB), ("-worker", WORKER)) if name.endswith(end)), None)


def by_kind(cpu: Mapping[str, float]) -> dict[str, float]:
    """What is given by process, added up by kind."""
    found: defaultdict[str, float] = defaultdict(float)
    for process, spent in cpu.items():
        if kind := kind_of(process):
            found[kind] += spent
    return {kind: found[kind] for kind in KINDS if kind in found}


def ceilings(cpu: Mapping[str, float], idle: Mapping[str, float], hosts: int) -> Ceilings:
    """From the CPU milliseconds per request of each process on so many hosts, which share the load as they did, and
    the cores that each takes when nobody asks.

    On one host 4 ms of its processes, of which 2.5 are one's, and 1 ms of the database: 500 a second on the cores of
    the host, 400 by that process, 2,000 by the database; so 400. What the database does by itself comes in lumps, and
    is left out.
    """
    spent, taken = by_kind(cpu), by_kind(idle)
    on_hosts = {process: each for process, each in cpu.items() if kind_of(process) in _ON_HOSTS}
    busiest = max(on_hosts, key=lambda process: on_hosts[process])
    free = hosts * CORES - sum(taken.get(kind, 0.0) for kind in _ON_HOSTS)
    database, broker = (
        Ceiling(name, spent.get(name, 0.0), CORES - taken.get(name, 0.0)) for name in (POSTGRES, BROKER)
    )
    return Ceilings(
        together=Ceiling(f"{hosts * CORES} cores of {_count(hosts)}", sum(on_hosts.values()), free),
        process=_process_ceiling(busiest, cpu, idle),
        database=database,
        broker=broker if broker.milliseconds > _NOTHING else None,
    )


def carried_here(cpu: Mapping[str, float], idle: Mapping[str, float], cores: float) -> float:
    """Requests a second for which so many cores are enough that all processes share, the driver among them."""
    return (cores - sum(by_kind(idle).values())) * 1000 / sum(by_kind(cpu).values())


def _process_ceiling(process: str, cpu: Mapping[str, float], idle: Mapping[str, float]) -> Ceiling:
    """Of one process of Python."""
    return Ceiling(process, cpu[process], 1 - idle.get(process, 0.0))


def hosts_by_connections(one: int, two: int, most: int) -> int:
    """How many hosts a database is enough for that takes so many connections, by what one host and two of them hold."""
    return 1 + max(0, most - one) // max(1, two - one)


def _count(hosts: int) -> str:
    return "one host" if hosts == 1 else f"{hosts} hosts"
