from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.identity.domain.activity import Attempts, Period, is_stale, percentage

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "stale"), [(0, False), (60, False), (61, True)])
def test_activity_is_noted_again_after_a_minute(seconds, stale):
    assert is_stale(NOON - timedelta(seconds=seconds), NOON) is stale


def test_who_was_never_active_is_noted():
    assert is_stale(None, NOON)


@pytest.mark.parametrize(("part", "whole", "percent"), [(0, 0, "0"), (1, 3, "33.33"), (2, 3, "66.67"), (3, 3, "100")])
def test_a_share_is_in_percent_with_two_decimals(part, whole, percent):
    assert percentage(part, whole) == Decimal(percent)


def test_attempts_add_up():
    attempts = Attempts(successful=3, failed=1)
    assert (attempts.total, attempts.success_rate) == (4, Decimal(75))


def test_a_month_is_thirty_days():
    assert [period.length.days for period in Period] == [1, 7, 30]
