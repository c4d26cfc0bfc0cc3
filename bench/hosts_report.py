"""What two hosts do against one, as tables for the terminal."""

from collections.abc import Iterator, Sequence

from bench.ceilings import (
    CORES,
    KINDS,
    Ceilings,
    by_kind,
    carried_here,
    ceilings,
    hosts_by_connections,
)
from bench.hosts import AT_ONCE, HOSTS, MEASURED, OnHosts, Point
from bench.pressure import limits
from bench.processes import UPKEEP
from bench.report import table
from bench.verdicts import figure
from deploy.database.provision import CONNECTION_LIMIT

_UNKNOWN = "-"
_SETUP = """
Each host has a gateway and, of every service, a web process and a worker (of notifications one process, counted as
web). A gateway has one address for each service, so it asks those of its own host. PostgreSQL, RabbitMQ and the driver
are on this machine, whose cores all of it shares: two hosts can be no faster here than the cores allow."""
_HERE = f"""
Requests, {AT_ONCE} at once; what the cores of this machine allow by the CPU below, without what others took; and how
many cores were busy meanwhile
"""
_ON_PAPER = f"""
On hosts of {CORES} cores each, with PostgreSQL and RabbitMQ on {CORES} cores of their own: requests a second, which are
(cores - what is taken when nobody asks) x 1000 / CPU milliseconds per request, of one core for a process of Python. The
lowest counts; {UPKEEP} does not, for it comes in lumps.
"""


def show_hosts(found: OnHosts) -> int:
    """Print everything; returns 1 when any request failed, else 0."""
    print(f"\n{found.code}: {found.loans:,} loans; {found.machine}")
    for line in found.calibration.remarks():
        print(line)
    print(_SETUP)
    print(_HERE)
    print(table(_throughput(found)))
    print("\nCPU milliseconds per request with all that comes of it afterwards, but mails that were not sent by then\n")
    points = [found.point(name, hosts) for name in MEASURED for hosts in HOSTS]
    print(table(_costs(points)) + "\n")
    for hosts in HOSTS:
        idle = by_kind(found.idle_cpu[hosts])
        shares = ", ".join(f"{kind} {share:.2f}" for kind, share in idle.items())
        print(f"  cores when nobody asks, which are not counted, x{hosts}: {sum(idle.values()):.2f} ({shares})")
    print("\nWhat keeps it from being faster\n")
    for point in points:
        for index, line in enumerate(limits(point.pressure)):
            print(f"  {_name(point) if index == 0 else '':<19}  {line}")
    pairs = [(point, ceilings(point.cpu, found.idle_cpu[point.hosts], point.hosts)) for point in points]
    print(_ON_PAPER)
    print(table(_on_paper(found, pairs)))
    print("\nWhat does not grow with hosts\n")
    for about, text in _shared(found, pairs):
        print(f"  {about:<19}  {text}")
    return 1 if any(point.figures.errors for point in found.points) else 0


def _name(point: Point) -> str:
    return f"{point.operation} x{point.hosts}"


def _throughput(found: OnHosts) -> Iterator[Sequence[str]]:
    heads = ["per s", "per H", "to x1", "p50 ms", "p99 ms", "errors", "behind"]
    yield ["", *heads, "cores allow", "busy", "others", "load before"]
    for name in MEASURED:
        for hosts in HOSTS:
            point = found.point(name, hosts)
            figures, pressure = point.figures, point.pressure
            yield [
                _name(point),
                *_rates(found, figures.per_second),
                _ratio(hosts, figures.per_second, found.point(name, HOSTS[0]).figures.per_second),
                f"{figures.p50:,.0f}",
                f"{figures.p99:,.0f}",
                str(figures.errors),
                str(figures.behind),
                f"{carried_here(point.cpu, found.idle_cpu[hosts], pressure.left):,.0f}",
                f"{pressure.machine + pressure.stolen:.2f}",
                f"{pressure.others:.2f}",
                f"{pressure.load_average:.1f}",
            ]


def _costs(points: Sequence[Point]) -> Iterator[Sequence[str]]:
    kinds = [by_kind(point.cpu) for point in points]
    yield ["", *map(_name, points)]
    for kind in KINDS:
        yield [kind, *(f"{cpu.get(kind, 0.0):.2f}" for cpu in kinds)]
    yield [f"all but {UPKEEP}", *(f"{sum(cpu.values()) - cpu.get(UPKEEP, 0.0):.2f}" for cpu in kinds)]


def _on_paper(found: OnHosts, pairs: Sequence[tuple[Point, Ceilings]]) -> Iterator[Sequence[str]]:
    yield ["", "hosts' cores", "one process", "PostgreSQL", "RabbitMQ", "lowest", "per H", "to x1", "which is"]
    first = {point.operation: ceiling.lowest.per_second for point, ceiling in pairs if point.hosts == HOSTS[0]}
    for point, ceiling in pairs:
        lowest = ceiling.lowest
        each = (ceiling.together, ceiling.process, ceiling.database, ceiling.broker)
        yield [
            _name(point),
            *(f"{one.per_second:,.0f}" if one else _UNKNOWN for one in each),
            *_rates(found, lowest.per_second),
            _ratio(point.hosts, lowest.per_second, first[point.operation]),
            lowest.who,
        ]


def _shared(found: OnHosts, pairs: Sequence[tuple[Point, Ceilings]]) -> Iterator[tuple[str, str]]:
    """By operation or by what it is about, what stays one however many hosts there are, and what it carries."""
    of_one = {point.operation: ceiling.of_hosts for point, ceiling in pairs if point.hosts == HOSTS[0]}
    for point, ceiling in pairs:
        if point.hosts == HOSTS[-1]:
            every = [ceiling.database, *([ceiling.broker] if ceiling.broker else [])]
            for index, shared in enumerate(every):
                per_second, per_hash = _rates(found, shared.per_second)
                carried = f"{shared.milliseconds:.2f} ms, so {per_second} a second ({per_hash} per H)"
                until = f"as many as {shared.per_second / of_one[point.operation]:.1f} times one host"
                yield point.operation if index == 0 else "", f"{shared.who}: {carried}, {until}"
    one, two = (found.connections(hosts) for hosts in HOSTS)
    yield "connections", _connections("of all services", sum(one.values()), sum(two.values()), found.most_connections)
    most = max(two, key=lambda role: two[role], default="")
    yield "", _connections(f"of {most}", one.get(most, 0), two.get(most, 0), CONNECTION_LIMIT)


def _connections(whose: str, one: int, two: int, most: int) -> str:
    enough = hosts_by_connections(one, two, most)
    return f"{whose}: one host holds {one}, two hold {two}, and PostgreSQL takes {most}: enough for {enough} hosts"


def _rates(found: OnHosts, per_second: float) -> tuple[str, str]:
    """A rate a second and in units of H."""
    return figure(round(per_second)), figure(round(per_second * found.calibration.hash_seconds))


def _ratio(hosts: int, found: float, first: float) -> str:
    return _UNKNOWN if hosts == HOSTS[0] else f"{found / first:.2f}"
