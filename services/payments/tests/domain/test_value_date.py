from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.payments.domain.value_date import value_date

LAGOS, NEW_YORK = ZoneInfo("Africa/Lagos"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("paid_at", "zone", "day"),
    [
        pytest.param(datetime(2026, 3, 11, 9, 30, tzinfo=UTC), LAGOS, date(2026, 3, 11), id="by day"),
        pytest.param(datetime(2026, 3, 11, 23, 30, tzinfo=UTC), LAGOS, date(2026, 3, 12), id="past midnight in Lagos"),
        pytest.param(datetime(2026, 3, 12, 2, 30, tzinfo=UTC), NEW_YORK, date(2026, 3, 11), id="still the day before"),
        pytest.param(datetime(2026, 3, 11, tzinfo=UTC), LAGOS, date(2026, 3, 11), id="a bare date"),
        pytest.param(
            datetime(2026, 3, 11, tzinfo=UTC), NEW_YORK, date(2026, 3, 11), id="a bare date west of Greenwich"
        ),
        pytest.param(datetime(2026, 3, 11, 0, 30, tzinfo=LAGOS), LAGOS, date(2026, 3, 11), id="written with an offset"),
    ],
)
def test_a_payment_counts_for_the_day_it_is_in_the_company_zone(paid_at: datetime, zone: ZoneInfo, day: date) -> None:
    assert value_date(paid_at, zone) == day
