"""Of events that each carry a whole state, those of one transaction count by their newest."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import now
from shared.context import NOBODY
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Handlers, Payload

TYPE = "sample.thing.changed.v1"
THINGS = [new_id() for _ in range(3)]


class State(Payload):
    value: int


class Follower:
    def __init__(self) -> None:
        self.handled: list[tuple[UUID, int]] = []
        self.unknown: set[UUID] = set()
        self.handlers = Handlers("sample")
        self.handlers.on_newest(TYPE, payload=State)(self._keep)

    def _keep(self, _uow: UnitOfWork, state: State, envelope: Envelope) -> None:
        if envelope.aggregate_id in self.unknown:
            raise CauseMissing("not yet")
        self.handled.append((envelope.aggregate_id, state.value))

    def run(self, events: list[Envelope]) -> None:
        # No database is asked by what is tested here.
        self.handlers.run(UnitOfWork(None, NOBODY, "sample"), events)  # type: ignore[arg-type]


def changed(thing: UUID, version: int) -> Envelope:
    return Envelope(new_id(), TYPE, "sample", thing, version, now(), None, None, None, {"value": version})


@given(st.lists(st.tuples(st.sampled_from(THINGS), st.integers(1, 9)), min_size=1))
def test_only_the_newest_event_of_each_aggregate_is_handled(versions):
    follower, newest = Follower(), {}
    for thing, version in versions:
        newest[thing] = max(version, newest.get(thing, 0))
    follower.run([changed(thing, version) for thing, version in versions])
    assert sorted(follower.handled) == sorted(newest.items())


def test_all_events_of_an_aggregate_wait_whose_cause_is_missing():
    follower = Follower()
    follower.unknown = {THINGS[0]}
    waiting, others = [changed(THINGS[0], version) for version in (1, 2)], [changed(THINGS[1], 1)]
    with pytest.raises(CauseMissing) as missing:
        follower.run([*waiting, *others])
    assert missing.value.events == {event.id for event in waiting}
