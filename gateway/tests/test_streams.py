"""Nothing that somebody should hear of is lost between those who offer and the one who takes."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.events.changes import Change, Scope, change_of
from gateway.events.followers import Followers
from gateway.events.streams import MOST_STREAMS, MOST_WAITING, Stream, Streams, TooManyStreams
from gateway.responses.problems import Unavailable
from shared.context import Role
from shared.messaging import changes as named

UNIONS = ("a", "b", "c")


def a_stream(unions: list[str], user_id: str = "officer") -> Stream:
    return Stream("session", Scope(Role.CREDIT_OFFICER, user_id, lambda: list(unions)))


def a_change(number: int, union_id: str) -> Change:
    return Change("loan", str(number), "loan.updated", union_id, frozenset())


steps = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.lists(st.sampled_from(UNIONS), max_size=4)),
        st.tuples(st.just("move"), st.lists(st.sampled_from(UNIONS), unique=True)),
        st.tuples(st.just("miss"), st.none()),
        st.tuples(st.just("away"), st.booleans()),
        st.tuples(st.just("take"), st.none()),
    ),
    max_size=30,
)


class Script:
    """Plays steps on one stream, and keeps what is still to be said of what was in scope when it was offered."""

    def __init__(self) -> None:
        self.unions, self.is_away, self.number = ["a"], False, 0
        self.owed: list[Change] = []
        self.stream = Stream("session", Scope(Role.CREDIT_OFFICER, "officer", self._ask))

    def _ask(self) -> list[str]:
        if self.is_away:
            raise Unavailable("Not just now.")
        return list(self.unions)

    def offer(self, union_ids: Sequence[str]) -> None:
        changes = [a_change(self.number + place, union_id) for place, union_id in enumerate(union_ids)]
        self.number += len(changes)
        self.owed += [change for change in changes if change.union_id in self.unions]
        self.stream.offer(changes, moves_scope=False)

    def move(self, unions: list[str]) -> None:
        self.unions = unions
        self.stream.offer([], moves_scope=True)

    def miss(self, _: None) -> None:
        self.stream.miss()

    def away(self, is_away: bool) -> None:
        self.is_away = is_away

    def take(self, _: None = None) -> None:
        taken = self.stream.take(0)
        assert all(change.union_id in self.unions for change in taken.changes)
        if taken.anything:
            self.owed.clear()
        for change in taken.changes:
            self.owed.remove(change)


@given(steps)
def test_whatever_happens_in_between_what_is_in_scope_is_said_or_covered(steps: Sequence[tuple[str, Any]]) -> None:
    """Each change in scope is named, or followed by a refresh; and none is named that is out of scope."""
    script = Script()
    for step, value in steps:
        getattr(script, step)(value)
    script.away(False)
    script.take()
    assert [change for change in script.owed if change.union_id in script.unions] == []


def test_more_than_can_wait_becomes_a_refresh() -> None:
    stream = a_stream(["a"])
    assert stream.take(0).anything
    stream.offer([a_change(number, "a") for number in range(MOST_WAITING)], moves_scope=False)
    assert len(stream.take(0).changes) == MOST_WAITING
    stream.offer([a_change(number, "a") for number in range(MOST_WAITING + 1)], moves_scope=False)
    taken = stream.take(0)
    assert (taken.anything, taken.changes) == (True, [])


def test_one_thing_that_changes_often_is_named_once() -> None:
    stream = a_stream(["a"])
    stream.take(0)
    stream.offer([a_change(1, "a")] * 3, moves_scope=False)
    assert len(stream.take(0).changes) == 1


def test_a_process_holds_so_many_streams_and_no_more() -> None:
    streams = Streams(Followers(), 0.0)
    opened = [a_stream([], user_id=str(number)) for number in range(MOST_STREAMS)]
    for stream in opened:
        streams.open(stream)
    with pytest.raises(TooManyStreams):
        streams.open(a_stream([], user_id="one more"))
    # Who has one already gets another: nobody is shut out by their own tabs.
    streams.open(a_stream([], user_id="0"))
    streams.close(opened[0])
    streams.close(opened[0])
    streams.close(opened[1])
    streams.open(a_stream([], user_id="one more"))


@pytest.mark.parametrize(
    "event_type",
    [
        "identity.session.revoked.v1",
        "identity.recovery.requested.v1",
        "notifications.mail.sent.v1",
        "nobody.knows.it.v1",
    ],
)
def test_of_what_is_none_of_their_business_clients_hear_nothing(event_type: str) -> None:
    assert change_of(named.Change(event_type, "1", "2", None, ["officer"])) is None
