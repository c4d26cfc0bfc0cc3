"""Reports that are generated and kept as they were."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

MOST_A_DAY = 100
"""How many reports one person may generate within 24 hours."""

HIGHEST_RATE = Decimal("999.99")


class ReportType(StrEnum):
    """What a report is called by the length of its period, which may be any."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    CUSTOM = "CUSTOM"


def default_title(report_type: ReportType, first: date, last: date) -> str:
    """`Monthly report 2026-03-01 to 2026-03-31`; of a single day only that one."""
    days = f"{first}" if first == last else f"{first} to {last}"
    return f"{report_type.capitalize()} report {days}"


def kept_rate(rate: Decimal) -> Decimal:
    """A collection rate as it is kept, in percent with two decimals: at most 999.99, the most its column holds."""
    return min(rate, HIGHEST_RATE)
