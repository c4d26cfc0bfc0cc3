"""The leader of three PostgreSQL servers is lost while people pay: another one leads within seconds, nothing that was
acknowledged is lost, nothing is there twice, and what was lost comes back as a follower by itself."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from deploy.database.provision import DATABASE
from deploy.local.hosts import Network
from deploy.local.platform import Platform, temporary_platform
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.chaos.test_kills import assert_agreement
from tests.client import sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.hosts.database import PACKAGES, PROGRAMS, DatabaseCluster, database_cluster
from tests.hosts.programs import need
from tests.institution import new_team
from tests.long_form import ROUNDS, in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800), in_long_form]

LOANS = 4
PAYMENTS = 8
BACK_WITHIN_SECONDS = 15
# By what the platform finds where to write: all servers, of which libpq takes the one that leads, or HAProxy.
WAYS = {"several servers": (2 * ROUNDS, "admin_url"), "haproxy": (ROUNDS // 2 + 1, "proxy_url")}


@pytest.fixture(scope="module")
def cluster() -> Iterator[DatabaseCluster]:
    need(*PACKAGES, programs=PROGRAMS)
    with Network() as network, database_cluster(network) as cluster:
        yield cluster


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def way(request: pytest.FixtureRequest) -> tuple[int, str]:
    rounds, url = request.param
    return rounds, url


@pytest.fixture
def platform(cluster: DatabaseCluster, way: tuple[int, str]) -> Iterator[Platform]:
    cluster.drop(DATABASE)
    url = getattr(cluster, way[1])
    with temporary_platform(database_url=url, environment=CHEAP_HASHES | PATIENCE | REVERSALS) as platform:
        yield platform


def test_nothing_is_lost_or_doubled_when_the_leader_is_lost(
    platform: Platform,
    cluster: DatabaseCluster,
    way: tuple[int, str],
    measured: Callable[[str], None],
    request: pytest.FixtureRequest,
) -> None:
    team = new_team(sign_in(platform.url, platform.credentials.email, platform.credentials.password))
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    pauses: list[float] = []
    with payers.paying():
        for _ in range(way[0]):
            payers.wait_for_more(PAYMENTS)
            leader, refused = cluster.leader(), payers.refused
            assert leader
            leader.power_off()
            lost = time.monotonic()
            cluster.wait_for_another(leader)
            elected = time.monotonic() - lost
            pauses.append(eventually(partial(payers.back_after, lost), seconds=60))
            payers.wait_for_more(PAYMENTS)
            leader.power_on()
            cluster.wait_until_whole()
            assert cluster.leader() is not leader
            measured(
                f"PostgreSQL by {request.node.callspec.id}, {leader.name} lost: another leads after {elected:.1f} s, "
                f"writes are back after {pauses[-1]:.1f} s, {payers.refused - refused} refused"
            )
    platform.wait_until_ready()
    assert_agreement(platform, team, payers)
    assert max(pauses) < BACK_WITHIN_SECONDS
