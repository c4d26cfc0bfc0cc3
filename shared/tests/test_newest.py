"""Of events that each carry a whole state, those of one transaction count by their newest."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from shared.clock import now
from shared.context import NOBODY
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.messaging.events import Envelope, in_json
from shared.messaging.handlers import CauseMissing, Handlers, Payload

TYPE = "sample.thing.changed.v1"
THINGS = [new_id() for _ in range(3)]


class State(Payload):
    value: int
    more: bool = False


class Follower:
    def __init__(self) -> None:
        self.handled: list[tuple[UUID, int]] = []
        self.unknown: set[UUID] = set()
        self.seen: list[tuple[UUID, int]] = []
        self.handlers = Handlers("sample")
        register = self.handlers.on_newest(TYPE, payload=State, brings_more=lambda state: state.more, on_all=self._see)
        register(self._keep)

    def _see(self, _uow: UnitOfWork, events: Sequence[tuple[State, Envelope]]) -> None:
        assert not self.handled
        self.seen += [(envelope.aggregate_id, state.value) for state, envelope in events]

    def _keep(self, _uow: UnitOfWork, state: State, envelope: Envelope) -> None:
        if envelope.aggregate_id in self.unknown:
            raise CauseMissing("not yet")
        self.handled.append((envelope.aggregate_id, state.value))

    def run(self, events: list[Envelope]) -> None:
        # Of no database: none is asked by what is tested here.
        self.handlers.run(UnitOfWork(Session(), NOBODY, "sample"), events)


def changed(thing: UUID, version: int, *, more: bool = False) -> Envelope:
    data = {"value": version, "more": more}
    return Envelope(new_id(), TYPE, "sample", thing, version, now(), None, None, None, in_json(data))


@given(st.lists(st.tuples(st.sampled_from(THINGS), st.integers(1, 9)), min_size=1))
def test_only_the_newest_event_of_each_aggregate_is_handled(versions):
    follower, newest = Follower(), {}
    for thing, version in versions:
        newest[thing] = max(version, newest.get(thing, 0))
    follower.run([changed(thing, version) for thing, version in versions])
    assert sorted(follower.handled) == sorted(newest.items())
    assert sorted(follower.seen) == sorted(versions), "all were seen before"


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, unique_by=lambda event: event[0]))
def test_the_newest_that_brings_more_is_handled_before_a_newer_one(versions):
    follower = Follower()
    follower.run([changed(THINGS[0], version, more=more) for version, more in versions])
    last, last_with_more = max(versions)[0], max((version for version, more in versions if more), default=None)
    assert [version for _, version in follower.handled] == sorted({last, last_with_more or last})


def test_all_events_of_an_aggregate_wait_whose_cause_is_missing():
    follower = Follower()
    follower.unknown = {THINGS[0]}
    waiting, others = [changed(THINGS[0], version) for version in (1, 2)], [changed(THINGS[1], 1)]
    with pytest.raises(CauseMissing) as missing:
        follower.run([*waiting, *others])
    assert missing.value.events == {event.id for event in waiting}


def test_aggregates_are_handled_in_one_order_so_that_two_workers_lock_them_in_one():
    things = sorted(THINGS)
    for orders in (things, things[::-1]):
        follower = Follower()
        follower.run([changed(thing, version) for version, thing in enumerate(orders, start=1)])
        assert [thing for thing, _ in follower.handled] == things
