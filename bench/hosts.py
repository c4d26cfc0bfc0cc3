"""Two hosts against one: each has a gateway and, of every service, a web process and a worker. Database and broker stay
on this machine, with the driver, and all of it shares the machine's cores; so what a request costs each process is
measured too, from which `bench.ceilings` tells what hosts with cores of their own would carry."""

import os
import platform as machine
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.backlog import Settling, settling_of
from bench.calibration import Calibration
from bench.ceilings import DRIVER
from bench.driver import Driving, put_on
from bench.managers import await_sums
from bench.measurement import Figures, cost_per_request, figures_of, load_of, measure_idle
from bench.operations import MIXED, SINGLE, Operation, operations
from bench.pressure import Pressure, Watch, watch_of
from bench.processes import cpu_seconds, used_between
from bench.run import CODE, say, seeded
from bench.versions import version_of
from deploy.local.errors import CannotStart
from deploy.local.hosts import Network, why_none
from deploy.local.platform import WEB_PROCESSES, Platform, temporary_platform

HOSTS = (1, 2)
AT_ONCE = 64
MEASURED: Mapping[str, float] = {"get_loan": 5.0, "list_loans": 5.0, SINGLE: 8.0, MIXED: 10.0}
"""For how many seconds each operation is measured."""
_WARM_UP_SECONDS, _IDLE_SECONDS = 1.5, 10.0
_ONE_EACH = dict.fromkeys(WEB_PROCESSES, 1)


@dataclass(frozen=True, slots=True)
class Point:
    """One operation on so many hosts: what came back, what was busy meanwhile, and the CPU milliseconds per request of
    each process, the driver among them, with all that came of the requests but mails that were not yet sent."""

    operation: str
    hosts: int
    figures: Figures
    pressure: Pressure
    cpu: Mapping[str, float]


@dataclass(slots=True)
class OnHosts:
    """What one run has found out. `idle_cpu` has by the number of hosts the cores that each process takes when nobody
    asks, `most_connections` how many the database takes."""

    loans: int
    code: str
    machine: str
    calibration: Calibration = field(default_factory=Calibration)
    points: list[Point] = field(default_factory=list)
    idle_cpu: dict[int, Mapping[str, float]] = field(default_factory=dict)
    most_connections: int = 0

    def point(self, operation: str, hosts: int) -> Point:
        return next(one for one in self.points if (one.operation, one.hosts) == (operation, hosts))

    def connections(self, hosts: int) -> dict[str, int]:
        """By role, how many were open at most on so many hosts."""
        found: dict[str, int] = {}
        for point in self.points:
            if point.hosts == hosts:
                for role, count in point.pressure.connections.items():
                    found[role] = max(count, found.get(role, 0))
        return found


def measure_hosts(loans: int) -> OnHosts:
    """One host, then two, each time with a platform and a book of their own. Raises CannotStart, Stalled,
    NeverSettled."""
    if fault := why_none():
        raise CannotStart(fault)
    found = OnHosts(loans, version_of(CODE), f"{os.cpu_count()} cores, Python {machine.python_version()}")
    for hosts in HOSTS:
        _measure_on(hosts, found)
    found.calibration.mark("the end")
    return found


def _measure_on(hosts: int, found: OnHosts) -> None:
    say(f"starting a platform on {hosts} host{'s' * (hosts > 1)}")
    with _network() as network:
        places = [network.host(f"host{number}") for number in range(1, hosts + 1)]
        with temporary_platform(hosts=places, web=_ONE_EACH) as platform:
            asked = operations(platform.url, seeded(platform, found.loans, is_audited=False))
            await_sums(platform)
            say("nothing")
            idle_cpu = found.idle_cpu[hosts] = measure_idle(platform, _IDLE_SECONDS)
            with settling_of(platform, idle_cpu) as settling, watch_of(platform) as watch:
                found.most_connections = watch.most_connections
                for name in MEASURED:
                    found.calibration.mark(f"{name} on {hosts}")
                    say(f"{name} on {hosts}, {AT_ONCE} at once")
                    found.points.append(_measure(platform, asked[name], hosts, watch, settling, idle_cpu))


def _network() -> Network:
    try:
        return Network()
    except RuntimeError as error:
        raise CannotStart(f"Network namespaces cannot be made here: {error}") from error


def _measure(
    platform: Platform,
    operation: Operation,
    hosts: int,
    watch: Watch,
    settling: Settling,
    idle_cpu: Mapping[str, float],
) -> Point:
    put_on(load_of(platform, operation.requests, AT_ONCE, _WARM_UP_SECONDS))
    settling.wait_without_mails()
    driving = Driving(load_of(platform, operation.requests, AT_ONCE, MEASURED[operation.name]))
    before, started = cpu_seconds(platform), time.monotonic()
    outcome, pressure = watch.during(driving)
    settling.wait_without_mails()
    used, seconds = used_between(before, cpu_seconds(platform)), time.monotonic() - started
    answered = outcome.total.answered
    cpu = cost_per_request(used, idle_cpu, seconds, answered)
    cpu[DRIVER] = outcome.cpu_seconds / max(1, answered) * 1000
    return Point(operation.name, hosts, figures_of(outcome.total, outcome.seconds), pressure, cpu)
