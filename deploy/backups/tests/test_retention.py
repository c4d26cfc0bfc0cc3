"""What outlives its use goes, and nothing else: any second of the time kept can still be restored."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from deploy.backups.archive import BaseBackup, Kind
from deploy.backups.plan import make_plan
from deploy.backups.retention import due, first_needed_segment, outlived
from deploy.backups.tests.samples import FIRST, base
from deploy.backups.wal import segment_number

WEEK, DAY, KEEP = timedelta(days=7), timedelta(days=1), timedelta(days=30)


@st.composite
def histories(draw: st.DrawFn) -> list[BaseBackup]:
    """Backups as they come: the first is full, each other one is or is built upon the one before."""
    backups: list[BaseBackup] = []
    for day in sorted(draw(st.sets(st.integers(0, 100), min_size=1, max_size=40))):
        is_full = not backups or draw(st.booleans())
        backups.append(base(day, None if is_full else backups[-1]))
    return backups


@given(histories(), st.integers(0, 140), st.floats(0, 30))
def test_every_second_of_the_time_kept_can_be_restored_as_before(backups, today, ago):
    at = FIRST + timedelta(days=today)
    backups = [one for one in backups if one.ended_at <= at]
    gone = outlived(backups, at, KEEP)
    left = [one for one in backups if one not in gone]
    to = at - timedelta(days=ago)
    if any(one.ended_at <= to for one in backups):
        assert make_plan(left, [], {}, to) == make_plan(backups, [], {}, to)
    names = {one.name for one in left}
    assert all(one.parent in names for one in left if one.parent)
    first = first_needed_segment(left)
    assert all(first is not None and segment_number(one.start_lsn) >= first for one in left)


def test_a_week_that_is_older_than_the_time_kept_goes_as_a_whole():
    backups = [base(0), base(7), base(14), base(21), base(28), base(35)]
    backups.insert(1, base(1, backups[0]))
    assert [one.name for one in outlived(backups, FIRST + timedelta(days=40), KEEP)] == ["0-full", "1-incremental"]
    assert outlived(backups, FIRST + timedelta(days=36), KEEP) == []


def test_a_full_one_is_due_each_week_and_an_incremental_one_each_day():
    full = base(0)

    def at(days: float, *backups: BaseBackup) -> Kind | None:
        return due(backups, FIRST + timedelta(days=days), full_every=WEEK, every=DAY)

    assert at(0) is Kind.FULL
    assert at(0.5, full) is None
    assert at(1, full) is Kind.INCREMENTAL
    assert at(1.5, full, base(1, full)) is None
    assert at(7, full, base(6.5, full)) is Kind.FULL
