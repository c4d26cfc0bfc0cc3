from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.limits import Count, Limit, counted, network_of

AT = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMIT = Limit(3, 15 * MINUTE, MINUTE, longest_wait=15 * MINUTE, forgotten_after=timedelta(days=1))


def tried(*minutes):
    """The count after attempts at these minutes."""
    count = Count(0, AT, 0, AT, None)
    for minute in minutes:
        count = counted(count, LIMIT, AT + minute * MINUTE)
    return count


def waits(*minutes):
    return tried(*minutes).seconds_to_wait(AT + minutes[-1] * MINUTE)


def test_the_last_attempt_the_limit_allows_is_the_first_one_waits_after():
    assert [waits(0), waits(0, 1), waits(0, 1, 2)] == [0, 0, 60]


def test_every_further_attempt_doubles_the_wait_up_to_the_longest():
    attempts = (0, 1, 2, 20, 40, 60, 80, 100, 120)
    assert [waits(*attempts[:count]) for count in (3, 4, 5, 9)] == [60, 120, 240, 900]


def test_attempts_of_a_window_gone_by_do_not_count():
    assert waits(0, 1, 15) == 0
    assert tried(0, 1, 15).attempts == 1


def test_who_stops_for_a_day_begins_anew():
    assert waits(0, 1, 2, 24 * 60 + 1) > 0
    assert waits(0, 1, 2, 24 * 60 + 2) == 0


def test_it_opens_by_time():
    count = tried(0, 1, 2)
    assert count.seconds_to_wait(AT + 3 * MINUTE - timedelta(milliseconds=1)) == 1
    assert count.seconds_to_wait(AT + 3 * MINUTE) == 0


@given(st.lists(st.integers(0, 60 * 60), min_size=1, max_size=60))
def test_nobody_waits_longer_than_the_longest_and_a_guesser_gets_few_tries(pauses):
    """However the attempts are spread, no more are judged than the limit for every window, and the four that the waits
    of 1, 2, 4 and 8 minutes leave room for."""
    count, at, judged = Count(0, AT, 0, AT, None), AT, 0
    for pause in pauses:
        at += timedelta(seconds=pause)
        if count.seconds_to_wait(at):
            continue
        count = counted(count, LIMIT, at)
        judged += 1
        assert count.seconds_to_wait(at) <= 15 * 60
        assert bool(count.seconds_to_wait(at)) is (count.blocks > 0)
    windows = 1 + (at - AT) // LIMIT.within
    assert judged <= windows * LIMIT.allowed + 4


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("somewhere", "somewhere"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_customer_with_many_addresses_counts_as_one(address, network):
    assert network_of(address) == network
