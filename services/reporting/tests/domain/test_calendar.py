from datetime import date

from services.reporting.domain.calendar import label, last_months


def test_the_last_months_end_with_the_present_one_and_cross_the_year():
    months = last_months(date(2026, 2, 28), 6)
    assert [label(month) for month in months] == [
        "Sep 2025",
        "Oct 2025",
        "Nov 2025",
        "Dec 2025",
        "Jan 2026",
        "Feb 2026",
    ]


def test_a_month_is_named_by_its_first_day():
    assert last_months(date(2026, 12, 31), 1) == (date(2026, 12, 1),)
