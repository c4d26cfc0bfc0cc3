"""What people type, and what they are shown."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy.backups.errors import CannotRestore
from deploy.backups.prompt import moment
from deploy.backups.table import in_words

LAGOS = ZoneInfo("Africa/Lagos")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param("2026-03-11 14:05", datetime(2026, 3, 11, 13, 5, tzinfo=UTC), id="by its own clock"),
        pytest.param("2026-03-11 14:05:30.5", datetime(2026, 3, 11, 13, 5, 30, 500_000, tzinfo=UTC), id="with seconds"),
        pytest.param("2026-03-11T13:05Z", datetime(2026, 3, 11, 13, 5, tzinfo=UTC), id="in UTC"),
        pytest.param("2026-03-11 14:05+02:00", datetime(2026, 3, 11, 12, 5, tzinfo=UTC), id="of another zone"),
    ],
)
def test_a_moment_is_meant_in_the_time_zone_of_the_institution(text, at):
    assert moment(text, LAGOS) == at


def test_without_a_moment_all_there_is_is_meant():
    assert moment(" ", LAGOS) is None


@pytest.mark.parametrize("text", ["yesterday", "14:05", "2026-02-30 12:00", "11/03/2026"])
def test_what_is_no_moment_is_refused_with_an_example(text):
    with pytest.raises(CannotRestore, match='such as "2026-03-11 14:05"'):
        moment(text, LAGOS)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        ({"seconds": 90}, "90 s"),
        ({"minutes": 90}, "90 min"),
        ({"hours": 47}, "47 h"),
        ({"days": 9}, "9 d"),
        ({}, "0 s"),
    ],
)
def test_an_age_is_shown_in_its_largest_unit(age, words):
    assert in_words(timedelta(**age)) == words
