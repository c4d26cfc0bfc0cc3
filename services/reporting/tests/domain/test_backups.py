"""When backups are due, and what they are called."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.backups import Frequency, Location, Part, PartState, file_name, next_due

LAGOS = ZoneInfo("Africa/Lagos")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))
RUNNING = st.sampled_from([frequency for frequency in Frequency if frequency is not Frequency.DISABLED])


@pytest.mark.parametrize(
    ("frequency", "after", "due"),
    [
        pytest.param("hourly", "2026-03-11T14:05:00", "2026-03-11T15:00:00", id="the next full hour"),
        pytest.param("hourly", "2026-03-11T15:00:00", "2026-03-11T16:00:00", id="not the hour that has begun"),
        pytest.param("daily", "2026-03-11T14:05:00", "2026-03-11T23:00:00", id="midnight in Lagos"),
        pytest.param("daily", "2026-03-11T23:00:00", "2026-03-12T23:00:00", id="not the midnight that has come"),
        pytest.param("weekly", "2026-03-11T14:05:00", "2026-03-14T23:00:00", id="Sunday"),
        pytest.param("weekly", "2026-03-14T23:00:00", "2026-03-21T23:00:00", id="not the Sunday that has begun"),
        pytest.param("monthly", "2026-01-31T23:30:00", "2026-02-28T23:00:00", id="the first of a short month"),
        pytest.param("monthly", "2026-12-11T14:05:00", "2026-12-31T23:00:00", id="of the next year"),
    ],
)
def test_backups_are_due_in_the_time_of_the_institution(frequency, after, due):
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert next_due(Frequency(frequency), moment, LAGOS) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@given(RUNNING, MOMENTS, st.sampled_from(["Africa/Lagos", "UTC", "America/New_York"]))
def test_the_next_backup_lies_ahead_and_none_between(frequency, after, zone):
    due = next_due(frequency, after, ZoneInfo(zone))
    assert due > after
    # Whoever asks again just before is given the same moment.
    assert next_due(frequency, max(after, due.replace(microsecond=0) - (due - after) / 1000), ZoneInfo(zone)) == due


def test_none_is_due_when_it_is_switched_off():
    assert next_due(Frequency.DISABLED, datetime(2026, 3, 11, tzinfo=UTC), LAGOS) is None


def test_a_file_is_called_by_its_moment_without_what_systems_refuse():
    moment = datetime(2026, 3, 11, 14, 5, 0, 125000, tzinfo=UTC)
    assert file_name(moment) == "backup_2026-03-11T14-05-00-125Z.json"


def test_both_is_every_place():
    assert Location.BOTH.places == (*Location.LOCAL.places, *Location.CLOUD.places)


def test_rows_are_counted_by_kind():
    contents = [{"name": "table loans", "rows": 3}, {"name": "section loans", "rows": 2}]
    part = Part(service="lending", state=PartState.WRITTEN, seen_at=datetime.now(UTC), contents=contents)
    assert part.counts("section") == {"loans": 2}
    assert part.counts("table") == {"loans": 3}
