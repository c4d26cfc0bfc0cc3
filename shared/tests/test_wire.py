from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import timestamp

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 3, 11, 9, 30, tzinfo=UTC), "2026-03-11T09:30:00.000Z"),
        (datetime(2026, 3, 11, 9, 30, 0, 999999, tzinfo=UTC), "2026-03-11T09:30:00.999Z"),
        (datetime(2026, 3, 11, 9, 30, 0, 999, tzinfo=UTC), "2026-03-11T09:30:00.000Z"),
        (datetime(2026, 3, 11, 0, 30, tzinfo=timezone(timedelta(hours=1))), "2026-03-10T23:30:00.000Z"),
        (None, None),
    ],
)
def test_an_instant_is_sent_in_milliseconds_of_utc(instant, text):
    assert timestamp(instant) == text


@given(st.datetimes(datetime(2, 1, 1), datetime(9999, 12, 30), timezones=zones))
def test_what_is_sent_is_the_instant_without_what_is_below_a_millisecond(instant):
    again = datetime.strptime(timestamp(instant), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert timedelta(0) <= instant - again < timedelta(milliseconds=1)
