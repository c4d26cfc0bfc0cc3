"""Files of the log: their names, the timelines they are of, and the gaps between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.backups.wal import Segment, ancestry, leads_to, missing_segments, segment_number, timeline_of_history

HISTORY = "1\t0/5000000\tbefore 2026-03-11\n\n2\t0/9000000\tbefore 2026-03-12\n"
THIRD = ancestry(3, {3: HISTORY})


@given(st.integers(1, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFFFF))
def test_a_segment_is_found_again_by_its_name(timeline, number):
    segment = Segment(timeline, number)
    assert Segment.from_name(segment.name) == segment


def test_a_segment_is_named_as_postgresql_does():
    assert Segment(1, segment_number("1/2A3B4C5D")).name == "00000001000000010000002A"


@pytest.mark.parametrize("name", ["00000002.history", "00000001000000000000000B.00000028.backup", "archive_status", ""])
def test_other_files_are_no_segments(name):
    assert Segment.from_name(name) is None


def test_a_history_is_of_the_timeline_in_its_name():
    assert timeline_of_history("0000000A.history") == 10
    assert timeline_of_history("00000001000000000000000B") is None


def test_a_timeline_comes_from_those_in_its_history():
    assert THIRD == [(1, "0/5000000"), (2, "0/9000000"), (3, None)]
    assert ancestry(1, {}) == [(1, None)]


@pytest.mark.parametrize(
    ("timeline", "lsn", "leads"),
    [
        (1, "0/4000000", True),
        (1, "0/6000000", False),
        (2, "0/8000000", True),
        (3, "1/0", True),
        (4, "0/1000000", False),
    ],
)
def test_what_came_after_the_parting_of_timelines_leads_nowhere(timeline, lsn, leads):
    assert leads_to(THIRD, timeline, lsn) is leads


def test_a_segment_that_is_missing_between_others_is_named_on_its_timeline():
    existing = {
        Segment(1, 3),
        Segment(1, 4),
        Segment(2, 5),
        Segment(2, 6),
        Segment(2, 8),
        Segment(3, 9),
        Segment(3, 11),
    }
    assert missing_segments(THIRD, existing, 3) == [Segment(2, 7), Segment(3, 10)]


def test_the_end_of_the_log_is_no_gap():
    assert missing_segments([(1, None)], {Segment(1, 3), Segment(1, 4)}, 3) == []
    assert missing_segments([(1, None)], set(), 3) == []


@given(st.sets(st.integers(0, 40), min_size=1), st.integers(0, 40))
def test_nothing_is_missing_once_the_missing_are_there(numbers, first):
    existing = {Segment(1, number) for number in numbers}
    missing = missing_segments([(1, None)], existing, first)
    assert not set(missing) & existing
    assert missing_segments([(1, None)], existing | set(missing), first) == []
