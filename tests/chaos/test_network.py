"""Slow links, links that are cut and mended, clocks that are wrong, processes that stand still: people go on paying,
nothing that was acknowledged is lost or there twice, and the platform comes back by itself."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from deploy.local.hosts import Network
from deploy.local.platform import Platform, temporary_platform
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.chaos.test_kills import assert_agreement
from tests.chaos.test_probes import frozen
from tests.client import Person, sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.hosts import broker, database
from tests.hosts.links import slow
from tests.hosts.programs import need
from tests.institution import Team
from tests.long_form import in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900), in_long_form]

LOANS = 4
PAYMENTS = 8
FAULT_SECONDS, SLOW_SECONDS = 20, 30
SLOW_MILLISECONDS, LOSS_PERCENT = 200, 5
SKEW_SECONDS = 10
BACK_WITHIN_SECONDS = 30
_COLUMNS = "{:<44} {:>9} {:>8} {:>9} {:>9} {:>7}"


@dataclass(frozen=True, slots=True)
class World:
    """A platform, and the hosts of its database and its broker."""

    platform: Platform
    network: Network
    database: database.DatabaseCluster
    broker: broker.BrokerCluster


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    need(*database.PACKAGES, "faketime", "rabbitmq-server", programs=(*database.PROGRAMS, "faketime", "epmd"))
    with (
        Network() as network,
        database.database_cluster(network, size=1) as databases,
        broker.broker_cluster(network, size=1) as brokers,
        temporary_platform(
            database_url=databases.admin_url,
            broker_url=brokers.url,
            environment=CHEAP_HASHES | PATIENCE | REVERSALS,
        ) as platform,
    ):
        yield World(platform, network, databases, brokers)


@pytest.fixture(scope="module")
def platform(world: World) -> Platform:
    return world.platform


@pytest.fixture(scope="module")
def admin(platform: Platform) -> Person:
    return sign_in(platform.url, platform.credentials.email, platform.credentials.password)


@pytest.fixture(scope="module", autouse=True)
def heading(measured: Callable[[str], None]) -> None:
    measured(_COLUMNS.format("fault", "payments", "refused", "median s", "longest s", "back s"))


def links_are_slow(world: World) -> AbstractContextManager[None]:
    return slow(world.network, milliseconds=SLOW_MILLISECONDS, loss_percent=LOSS_PERCENT)


def stands_still(part: str) -> Callable[[World], AbstractContextManager[None]]:
    return lambda world: frozen(world.platform, part)


def clock_is_wrong(part: str, seconds: int) -> Callable[[World], AbstractContextManager[None]]:
    @contextmanager
    def wrong(world: World) -> Iterator[None]:
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        # What is measured from one moment to another has no clock that could be wrong.
        fake = {"LD_PRELOAD": str(library), "FAKETIME": f"{seconds:+}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        world.platform.restart_apart(part, fake)
        world.platform.wait_until_ready()
        try:
            yield
        finally:
            world.platform.restart_apart(part, {"LD_PRELOAD": ""})

    return wrong


FAULTS: dict[str, tuple[Callable[[World], AbstractContextManager[None]], int]] = {
    "slow links to database and broker": (links_are_slow, SLOW_SECONDS),
    "no link to the database": (lambda world: world.database.hosts[0].away(), FAULT_SECONDS),
    "no link to the broker": (lambda world: world.broker.hosts[0].away(), FAULT_SECONDS),
    "no link to either, for longer": (lambda world: world.network.away(), 2 * FAULT_SECONDS),
    "web of payments stands still": (stands_still("payments-web"), FAULT_SECONDS),
    "worker of payments stands still": (stands_still("payments-worker"), FAULT_SECONDS),
    "worker of lending stands still": (stands_still("lending-worker"), FAULT_SECONDS),
    "gateway stands still": (stands_still("gateway"), FAULT_SECONDS),
    "web of payments, clock ahead": (clock_is_wrong("payments-web", SKEW_SECONDS), FAULT_SECONDS),
    "web of payments, clock behind": (clock_is_wrong("payments-web", -SKEW_SECONDS), FAULT_SECONDS),
    "worker of lending, clock ahead": (clock_is_wrong("lending-worker", SKEW_SECONDS), FAULT_SECONDS),
    # The gateway itself does not run under a false clock: libfaketime and gevent do not go together.
    "web of identity, clock behind": (clock_is_wrong("identity-web", -SKEW_SECONDS), FAULT_SECONDS),
}


@pytest.mark.parametrize(("fault", "seconds"), FAULTS.values(), ids=FAULTS.keys())
def test_nothing_is_lost_or_doubled_and_all_comes_back(
    fault, seconds, world: World, team: Team, measured: Callable[[str], None], request: pytest.FixtureRequest
) -> None:
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    with payers.paying():
        payers.wait_for_more(PAYMENTS)
        with fault(world):
            began, refused = time.monotonic(), payers.refused
            # It lasts so long, whatever happens.
            threading.Event().wait(seconds)
        ended = time.monotonic()
        back = eventually(lambda: payers.back_after(ended), seconds=60)
        payers.wait_for_more(PAYMENTS)
    waits = [answered - sent for sent, answered in payers.acknowledged if began < answered and sent < ended]
    meanwhile = sum(began < answered < ended for _, answered in payers.acknowledged)
    name = request.node.callspec.id
    figures = [payers.refused - refused, round(median(waits or [0]), 2), round(max(waits or [0]), 1), round(back, 1)]
    measured(_COLUMNS.format(name, meanwhile, *figures))
    world.platform.wait_until_ready()
    assert_agreement(world.platform, team, payers)
    assert back < BACK_WITHIN_SECONDS
