"""A platform on two hosts: what is paid at the gateway of one shows at the other's as soon as it was acknowledged, and
while one of them is lost with all that runs second, people go on paying at the other."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from deploy.local.hosts import Host, Network
from deploy.local.platform import Platform, temporary_platform
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.chaos.test_kills import assert_agreement
from tests.client import Person, sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.hosts.programs import need
from tests.institution import Team
from tests.long_form import in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900), in_long_form]

LOANS = 2
PAYMENTS = 8


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[Host]]:
    need("rabbitmq-server", programs=("rabbitmq-server", "epmd"))
    with Network() as network:
        yield [network.host("one"), network.host("two")]


@pytest.fixture(scope="module")
def platform(hosts: list[Host]) -> Iterator[Platform]:
    with temporary_platform(hosts=hosts, environment=CHEAP_HASHES | PATIENCE | REVERSALS) as platform:
        yield platform


@pytest.fixture(scope="module")
def admin(platform: Platform) -> Person:
    return sign_in(platform.url, platform.credentials.email, platform.credentials.password)


def at_the_other(platform: Platform, team: Team) -> Team:
    """The people of a team at the gateway of the second host."""
    url = platform.urls[1]
    people = {name: getattr(team, name).again(url) for name in ("admin", "supervisor", "officer")}
    return replace(team, **people)


def test_every_part_but_database_and_broker_runs_on_a_host(platform: Platform, hosts: list[Host]) -> None:
    inside = [set(host.pids()) for host in hosts]
    places = {name: [platform.pid(name) in pids for pids in inside] for name in platform.names}
    elsewhere = {name for name, found in places.items() if not any(found)}
    assert elsewhere == {"postgres", "epmd", "rabbitmq"}
    assert {name for name, found in places.items() if found[1]} == {name for name in places if name.endswith("-2")}


def test_what_is_paid_at_one_gateway_shows_at_the_other(platform: Platform, team: Team) -> None:
    loan, other = team.active_loan(), at_the_other(platform, team).officer
    for paid in range(1, 51):
        answer = team.pay(loan["id"], "1.00").accepted()
        assert "x-followers-behind" not in answer.headers
        left = Decimal(str(other.get(f"/loans/{loan['id']}/summary").data["totalOutstanding"]))
        assert left == 50000 - paid


def test_people_go_on_paying_when_a_host_is_lost(
    platform: Platform, hosts: list[Host], team: Team, measured: Callable[[str], None]
) -> None:
    first = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    second = Payers(at_the_other(platform, team), [team.active_loan()["id"] for _ in range(LOANS)])
    with first.paying(), second.paying():
        first.wait_for_more(PAYMENTS)
        second.wait_for_more(PAYMENTS)
        hosts[1].power_off()
        struck = time.monotonic()
        first.wait_for_more(PAYMENTS)
        # What ends is started again, as where hosts are watched over.
        back = eventually(lambda: second.back_after(struck), seconds=90)
        refused = first.refused
        second.wait_for_more(PAYMENTS)
    waits = [answered - sent for sent, answered in first.acknowledged if answered > struck]
    measured(
        f"a host is lost: at the other {refused} refused, the longest answer {max(waits):.1f} s; its own gateway is "
        f"back after {back:.1f} s, {second.refused} refused until then"
    )
    assert refused == 0
    platform.wait_until_ready()
    assert_agreement(platform, team, replace(first, ledgers=first.ledgers | second.ledgers))
