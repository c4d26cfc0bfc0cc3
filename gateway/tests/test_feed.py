"""The feed works alike over RabbitMQ and over the in-process transport."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gateway.authority.maintenance import Maintenance
from gateway.authority.sessions import Authority, SessionRevoked
from gateway.events.feed import Feed
from gateway.events.followers import SETTINGS, Followers, PublishedEvent
from gateway.events.streams import Streams
from gateway.tests.bus import Bus
from gateway.tests.services import Services
from gateway.upstreams.client import Upstream
from gateway.upstreams.identity import Identity
from shared.ids import new_id
from shared.testing import INTERNAL_SECRET, event_keys, eventually

RECORDED = "payments.repayment.recorded.v1"


@dataclass
class Listening:
    bus: Bus
    authority: Authority
    maintenance: Maintenance
    followers: Followers


@pytest.fixture(params=["memory", "rabbitmq"])
def url(request: pytest.FixtureRequest) -> str:
    return "memory://" if request.param == "memory" else str(request.getfixturevalue("broker_url"))


@pytest.fixture
def listening(url: str, services: Services) -> Iterator[Listening]:
    identity = Identity(Upstream("identity", services.environment["IDENTITY_URL"]), INTERNAL_SECRET)
    authority = Authority(identity)
    maintenance = Maintenance(identity, authority)
    followers = Followers()
    followers.learn("lending", [RECORDED])
    feed = Feed(url, event_keys("gateway"), authority, maintenance, followers, Streams(followers, 0.0))
    feed.start()
    with Bus(url) as bus:
        eventually(lambda: authority.is_current)
        yield Listening(bus, authority, maintenance, followers)
    feed.stop()


def test_a_revocation_is_heard(listening: Listening) -> None:
    session_id = new_id()
    listening.authority.check(str(session_id))
    listening.bus.revoked(session_id)
    eventually(lambda: _is_refused(listening.authority, str(session_id)))


def test_maintenance_is_heard_and_old_news_of_it_is_not(listening: Listening) -> None:
    listening.bus.settings(version=5, maintenanceMode=True, maintenanceMessage="Back at six.")
    eventually(lambda: listening.maintenance.refuses("/loans"))
    assert listening.maintenance.refusal().message == "Back at six."
    event_id = listening.bus.settings(version=4, maintenanceMode=False, maintenanceMessage=None)
    assert not listening.followers.wait([PublishedEvent(SETTINGS, str(event_id))], seconds=5)
    assert listening.maintenance.refuses("/loans")
    assert not listening.maintenance.refuses("/auth/me")
    # Others listen to the same bus.
    listening.bus.settings(version=6, maintenanceMode=False, maintenanceMessage=None)
    eventually(lambda: not listening.maintenance.refuses("/loans"))


def test_followers_are_heard(listening: Listening) -> None:
    event_id = new_id()
    listening.bus.applied("lending", event_id)
    assert not listening.followers.wait([PublishedEvent(RECORDED, str(event_id))], seconds=5)


def test_what_cannot_be_read_is_made_good_by_a_new_snapshot(listening: Listening, services: Services) -> None:
    session_id = new_id()
    services.react("/internal/revocations", body={"sessions": [{"sid": str(session_id), "exp": 32503680000}]})
    listening.bus._send("mp.events", "identity.session.revoked.v1", {"id": "unreadable"})
    eventually(lambda: listening.authority.is_current and _is_refused(listening.authority, str(session_id)))


def _is_refused(authority: Authority, session_id: str) -> bool:
    try:
        authority.check(session_id)
    except SessionRevoked:
        return True
    return False


def test_a_forged_event_is_not_believed(listening: Listening) -> None:
    forged, genuine = new_id(), new_id()
    listening.authority.check(str(forged))
    listening.bus.keys = event_keys("membership")
    listening.bus.revoked(forged)
    listening.bus.keys = event_keys("identity")
    listening.bus.revoked(genuine)
    eventually(lambda: _is_refused(listening.authority, str(genuine)))
    assert not _is_refused(listening.authority, str(forged))
