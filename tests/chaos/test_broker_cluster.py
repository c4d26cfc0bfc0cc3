"""Of three nodes of RabbitMQ one is lost, or cut off from all others, while people pay: events go on, none is lost or
handled twice, and all parts agree in the end."""

import time
from collections.abc import Callable, Iterator

import pytest

from deploy.local.hosts import Host, Network
from deploy.local.platform import Platform, temporary_platform
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.chaos.test_kills import assert_agreement
from tests.client import Person, sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.hosts.broker import BrokerCluster, broker_cluster
from tests.hosts.programs import need
from tests.institution import is_in_agreement
from tests.long_form import in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900), in_long_form]

LOANS = 4
PAYMENTS = 8
# A confirm is waited for ten seconds and a node that does not answer five.
PUBLISHING_WITHIN_SECONDS = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[BrokerCluster]:
    need("rabbitmq-server", programs=("rabbitmq-server", "epmd"))
    with Network() as network, broker_cluster(network) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def platform(cluster: BrokerCluster) -> Iterator[Platform]:
    environment = CHEAP_HASHES | PATIENCE | REVERSALS
    with temporary_platform(broker_url=cluster.url, environment=environment) as platform:
        yield platform


@pytest.fixture(scope="module")
def admin(platform: Platform) -> Person:
    return sign_in(platform.url, platform.credentials.email, platform.credentials.password)


def relayed_by(cluster: BrokerCluster) -> Host:
    """The node to which payments publishes."""

    def found() -> Host | None:
        return cluster.node_of("payments relay")

    host = eventually(found, seconds=60)
    assert host
    return host


def another(cluster: BrokerCluster) -> Host:
    """A node to which payments does not publish."""
    relayed = relayed_by(cluster)
    return next(host for host in cluster.hosts if host is not relayed)


STRIKES: dict[str, tuple[Callable[[BrokerCluster], Host], Callable[[Host], None], Callable[[Host], None]]] = {
    "a node is lost": (another, Host.power_off, Host.power_on),
    "the node of the relay is lost": (relayed_by, Host.power_off, Host.power_on),
    "a node is cut off": (another, Host.cut_off, Host.plug_in),
    "the node of the relay is cut off": (relayed_by, Host.cut_off, Host.plug_in),
}


@pytest.mark.parametrize(("choose", "strike", "mend"), STRIKES.values(), ids=STRIKES.keys())
def test_nothing_is_lost_or_doubled_when_a_node_goes(
    choose, strike, mend, platform, cluster, team, other_team, measured, request
):
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    # Nobody else pays on it, so that it is seen when lending follows.
    watched, officer = other_team.active_loan()["id"], other_team.officer
    with payers.paying():
        payers.wait_for_more(PAYMENTS)
        host = choose(cluster)
        strike(host)
        struck, refused = time.monotonic(), payers.refused
        back = eventually(lambda: payers.back_after(struck), seconds=60)
        other_team.pay(watched, 5000).accepted()
        eventually(lambda: is_in_agreement(officer, watched), seconds=PUBLISHING_WITHIN_SECONDS)
        followed = time.monotonic() - struck
        payers.wait_for_more(PAYMENTS)
        mend(host)
        cluster.wait_until_whole()
        payers.wait_for_more(PAYMENTS)
    measured(
        f"RabbitMQ, {request.node.callspec.id}: writes back after {back:.1f} s, {payers.refused - refused} refused; "
        f"lending follows after {followed:.1f} s"
    )
    platform.wait_until_ready()
    assert_agreement(platform, team, payers)
