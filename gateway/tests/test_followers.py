"""When the answer to a write is out, a read that depends on it shows it, or a header says who is behind."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from time import monotonic
from uuid import UUID

import pytest

from gateway.events.followers import REMEMBER_SECONDS, Followers, PublishedEvent, published_events
from gateway.tests.bus import Bus
from gateway.tests.client import Client, Received
from gateway.tests.services import Services
from shared.ids import new_id

RECORDED, COMPLETED = "payments.repayment.recorded.v1", "lending.loan.completed.v1"


def test_an_answer_waits_for_every_follower(patient_officer: Client, bus: Bus, services: Services) -> None:
    event_id = new_id()
    services.react("/repayments", status=201, headers={"X-Events": f"{RECORDED}={event_id}"})
    with ThreadPoolExecutor() as pool:
        answer: Future[Received] = pool.submit(patient_officer.post, "/api/repayments")
        bus.applied("lending", event_id)
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.3)
        bus.applied("reporting", event_id)
        received = answer.result(timeout=20)
    assert (received.status, received.header("X-Followers-Behind")) == (201, None)
    assert received.header("X-Events") is None


def test_an_answer_waits_for_what_a_follower_caused_in_turn(
    patient_officer: Client, bus: Bus, services: Services
) -> None:
    event_id, caused_id = new_id(), new_id()
    services.react("/repayments", headers={"X-Events": f"{RECORDED}={event_id}"})
    with ThreadPoolExecutor() as pool:
        answer: Future[Received] = pool.submit(patient_officer.post, "/api/repayments")
        bus.applied("lending", event_id, (COMPLETED, caused_id))
        bus.applied("reporting", event_id)
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.3)
        bus.applied("reporting", caused_id)
        assert answer.result(timeout=20).header("X-Followers-Behind") is None


def test_a_late_follower_is_named(officer: Client, bus: Bus, services: Services) -> None:
    event_id = new_id()
    services.react("/repayments", headers={"X-Events": f"{RECORDED}={event_id}"}, before=lambda: _apply(bus, event_id))
    started = monotonic()
    assert officer.post("/api/repayments").header("X-Followers-Behind") == "reporting"
    assert 1.0 <= monotonic() - started < 2.0


def _apply(bus: Bus, event_id: UUID) -> None:
    bus.applied("lending", event_id)


def test_an_event_nobody_follows_is_not_waited_for(officer: Client, services: Services) -> None:
    services.react("/loans", headers={"X-Events": f"lending.audit.recorded.v1={new_id()}"})
    started = monotonic()
    assert officer.post("/api/loans").header("X-Followers-Behind") is None
    assert monotonic() - started < 0.9


def test_many_writes_at_once_each_wait_for_their_own(officer: Client, bus: Bus, services: Services) -> None:
    ids = [new_id() for _ in range(64)]
    for number, event_id in enumerate(ids):
        services.react(f"/repayments/{number}", headers={"X-Events": f"{RECORDED}={event_id}"})
    with ThreadPoolExecutor(64) as pool:
        answers = [pool.submit(officer.post, f"/api/repayments/{number}") for number in range(64)]
        for event_id in reversed(ids):
            bus.applied("lending", event_id)
            bus.applied("reporting", event_id)
        assert {answer.result(timeout=5).header("X-Followers-Behind") for answer in answers} == {None}


@pytest.fixture
def followers() -> Followers:
    followers = Followers()
    followers.learn("lending", [RECORDED])
    followers.learn("reporting", [RECORDED, COMPLETED])
    followers.feed_connected()
    return followers


def test_a_signal_that_came_before_the_answer_counts(followers: Followers) -> None:
    event_id, caused_id = str(new_id()), str(new_id())
    followers.applied("lending", event_id, [PublishedEvent(COMPLETED, caused_id)])
    followers.applied("reporting", event_id)
    followers.applied("reporting", caused_id)
    assert not followers.wait([PublishedEvent(RECORDED, event_id)], seconds=0)


def test_what_is_missing_is_named_and_not_kept(followers: Followers) -> None:
    event_id = str(new_id())
    followers.applied("lending", event_id)
    assert followers.wait([PublishedEvent(RECORDED, event_id)], seconds=0) == {("reporting", event_id)}
    assert not followers._waits


def test_nobody_waits_once_the_feed_is_lost(followers: Followers) -> None:
    event = PublishedEvent(RECORDED, str(new_id()))
    missing: list[object] = []
    waiting = Thread(target=lambda: missing.extend(followers.wait([event], seconds=30)))
    waiting.start()
    followers.feed_lost()
    waiting.join(timeout=5)
    assert len(missing) == 2
    started = monotonic()
    assert len(followers.wait([event], seconds=30)) == 2
    assert monotonic() - started < 1


def test_a_service_that_stopped_following_is_not_waited_for(followers: Followers) -> None:
    followers.learn("reporting", [])
    event_id = str(new_id())
    followers.applied("lending", event_id)
    assert not followers.wait([PublishedEvent(RECORDED, event_id)], seconds=0)


def test_an_event_older_than_the_memory_is_not_waited_for() -> None:
    fresh = new_id()
    old = UUID(int=fresh.int - ((REMEMBER_SECONDS + 1) * 1000 << 80))
    assert published_events(f"{RECORDED}={old}, {COMPLETED}={fresh},garbage,x=y,") == [
        PublishedEvent(COMPLETED, str(fresh))
    ]
