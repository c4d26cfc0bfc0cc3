"""What hosts would carry, and what is said of a load, by figures that can be worked out by hand."""

from dataclasses import replace

import pytest

from bench.calibration import Calibration, Mark
from bench.ceilings import Ceiling, by_kind, carried_here, ceilings, hosts_by_connections
from bench.hosts import AT_ONCE, MEASURED, OnHosts, Point, measure_hosts
from bench.hosts_report import show_hosts
from bench.measurement import Figures
from bench.pressure import Pressure, limits
from deploy.local.errors import CannotStart

# Milliseconds per request: 4 on the host, 1 of the database, 0.5 of the broker.
ONE = {
    "gateway": 1.0,
    "lending-web": 2.5,
    "lending-worker": 0.3,
    "notifications-web": 0.2,
    "postgres": 1.0,
    "postgres upkeep": 0.1,
    "rabbitmq": 0.5,
    "driver": 0.2,
    "template": 3.0,
}
# The processes of two hosts share the load, but one relay does all of it.
TWO = {
    **{name: ONE[name] / 2 for name in ("gateway", "lending-web", "notifications-web")},
    **{f"{name}-2": ONE[name] / 2 for name in ("gateway", "lending-web", "notifications-web")},
    "lending-worker": 0.3,
    "lending-worker-2": 0.0,
    **{name: ONE[name] for name in ("postgres", "postgres upkeep", "rabbitmq", "driver", "template")},
}
CALM = Pressure(
    cores=2,
    machine=1.0,
    stolen=0.0,
    processes={"gateway": 0.3, "lending-web": 0.4, "postgres": 0.2},
    transactions={},
    connections={"lending": 10},
    load_average=0.5,
)


def test_processes_are_added_up_by_kind_and_those_without_part_in_requests_left_out() -> None:
    kinds = {"gateway": 1.0, "web": 2.7, "workers": 0.3, "postgres": 1.0, "postgres upkeep": 0.1}
    assert by_kind(TWO) == pytest.approx(kinds | {"rabbitmq": 0.5, "driver": 0.2})


def test_one_host_carries_what_its_busiest_process_does() -> None:
    found = ceilings(ONE, {}, 1)
    rates = [one and one.per_second for one in (found.together, found.process, found.database, found.broker)]
    assert rates == [pytest.approx(500), pytest.approx(400), pytest.approx(2000), pytest.approx(4000)]
    assert found.lowest == Ceiling("lending-web", 2.5, 1)


def test_two_hosts_carry_twice_as_much_until_something_else_is_lower() -> None:
    found = ceilings(TWO, {}, 2)
    assert (found.together.per_second, found.lowest.per_second) == (pytest.approx(1000), pytest.approx(800))
    assert found.of_hosts == pytest.approx(800)
    dear = ceilings(TWO | {"postgres": 3.0}, {}, 2)
    assert (dear.lowest.who, dear.lowest.per_second) == ("postgres", pytest.approx(2000 / 3))
    assert dear.of_hosts == pytest.approx(800)


def test_the_work_that_only_one_host_does_is_not_halved() -> None:
    assert ceilings(TWO | {"lending-worker": 5.0}, {}, 2).lowest == Ceiling("lending-worker", 5.0, 1)


def test_what_this_machine_carries_has_to_do_for_all_of_it() -> None:
    every = {"gateway": 1.0, "lending-web": 2.0, "postgres": 1.5, "rabbitmq": 0.2, "driver": 0.3, "template": 9.0}
    assert carried_here(every, {"lending-worker": 0.25, "template": 9.0}, 1.5) == pytest.approx(250)


def test_a_broker_that_requests_do_not_reach_is_no_limit() -> None:
    assert ceilings(ONE | {"rabbitmq": 0.05}, {}, 1).broker is None


def test_what_is_taken_when_nobody_asks_is_no_room_for_requests() -> None:
    found = ceilings(ONE, {"lending-web": 0.25, "lending-worker": 0.25, "postgres": 1.0, "driver": 0.5}, 1)
    rates = [one.per_second for one in (found.together, found.process, found.database)]
    assert rates == [pytest.approx(1500 / 4), pytest.approx(750 / 2.5), pytest.approx(1000)]


@pytest.mark.parametrize(("most", "hosts"), [(100, 6), (34, 2), (33, 1), (10, 1)])
def test_connections_are_enough_for_so_many_hosts(most: int, hosts: int) -> None:
    assert hosts_by_connections(20, 34, most) == hosts


def test_a_load_that_leaves_no_core_free_is_limited_by_the_cores() -> None:
    busy = replace(CALM, machine=1.7, stolen=0.2, processes=CALM.processes | {"gateway": 0.95})
    first, second = limits(busy)
    shares = "gateway 0.95, web 0.40, postgres 0.20, all else 0.15"
    assert first == f"the cores of this machine: 1.90 of 2 cores are busy ({shares})"
    assert second == "gateway has its one core nearly to itself: 0.95"


def test_a_load_that_leaves_cores_free_waits_for_something_else() -> None:
    waits = {"run": 0.5, "wait for the disk": 2.25, "wait for their service": 0.04}
    first, last = limits(replace(CALM, transactions=waits))
    assert first.startswith("not the cores: 1.00 of 2 cores are busy")
    assert last == "of the transactions that are open on average 2.2 wait for the disk, 0.5 run"


def test_what_was_found_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_hosts(_found(errors=0)) == 0
    printed = capsys.readouterr().out
    rows = [line.split() for line in printed.splitlines() if line.startswith("  get_loan x2 ")]
    assert rows[0][2:5] == ["600", "120", "1.50"]
    assert rows[2][2:] == ["889", "800", "2,000", "4,000", "800", "160", "2.00", "lending-web"]
    assert "of all services: one host holds 10, two hold 20, and PostgreSQL takes 250: enough for 25 hosts" in printed
    assert show_hosts(_found(errors=1)) == 1


def test_a_machine_without_the_programs_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotStart, match=r"only root can make|not on this machine: ip, nsenter, setpriv"):
        measure_hosts(10)


def _found(*, errors: int) -> OnHosts:
    points = [
        Point(
            name,
            hosts,
            Figures(AT_ONCE, rate, 1.0, 2.0, 3.0, errors, 0, 0),
            replace(CALM, connections={"lending": 10 * hosts}),
            cpu,
        )
        for name in MEASURED
        for hosts, rate, cpu in ((1, 400.0, ONE), (2, 600.0, TWO | {"payments-worker": 0.1, "payments-worker-2": 0.4}))
    ]
    calibration = Calibration([Mark("all", 0.2, 0.2)])
    return OnHosts(2000, "this", "2 cores", calibration, points, {1: {}, 2: {}}, 250)
