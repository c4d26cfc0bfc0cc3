"""Which backup, and which timeline, lead to a moment."""

from datetime import timedelta

import pytest

from deploy.backups.archive import Return
from deploy.backups.errors import CannotRestore
from deploy.backups.plan import make_plan
from deploy.backups.tests.samples import FIRST, base


def day(number: float):
    return FIRST + timedelta(days=number)


ONE, TWO, FOUR = base(1), base(2), base(4)
# On the fifth day it went back to the third; the backup of the fourth is of the days that were given up.
BACK = Return(2, to=day(3), at=day(5))
HISTORIES = {2: f"1\t0/{3 * 0x1000000:X}\tbefore\n"}
SIX = base(6, timeline=2)


@pytest.mark.parametrize(
    ("to", "name"), [(1.5, "1-full"), (2, "2-full"), (3.9, "2-full"), (9, "4-full"), (None, "4-full")]
)
def test_a_restore_begins_from_the_newest_backup_before_the_moment(to, name):
    assert make_plan([ONE, TWO, FOUR], [], {}, None if to is None else day(to)).base.name == name


def test_there_is_no_way_to_a_moment_before_the_first_backup():
    with pytest.raises(CannotRestore, match=r"the oldest is of 2026-03-02T00:00:00\+00:00"):
        make_plan([ONE], [], {}, day(0.9))
    with pytest.raises(CannotRestore, match="there is none"):
        make_plan([], [], {}, None)


@pytest.mark.parametrize(
    ("to", "name", "timeline"),
    [
        pytest.param(2.5, "2-full", 1, id="before it went back"),
        pytest.param(4.5, "4-full", 1, id="in the days that were given up"),
        pytest.param(5.5, "2-full", 2, id="after it went back, and before the next backup"),
        pytest.param(6.5, "6-full", 2, id="after that"),
        pytest.param(None, "6-full", 2, id="the newest"),
    ],
)
def test_the_timeline_is_the_one_the_database_was_in_by_the_clock(to, name, timeline):
    plan = make_plan([ONE, TWO, FOUR, SIX], [BACK], HISTORIES, None if to is None else day(to))
    assert (plan.base.name, plan.timeline) == (name, timeline)
