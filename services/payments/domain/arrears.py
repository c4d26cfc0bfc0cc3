"""What is late. An instalment is overdue from the day after its due day, by the institution's own calendar."""

from collections.abc import Iterable
from datetime import date

from services.payments.domain.instalment import InstalmentStatus


def is_overdue(status: InstalmentStatus, due_on: date, *, on: date) -> bool:
    """Whether something is still owed on an instalment whose due day is before the day `on`."""
    return status is not InstalmentStatus.PAID and due_on < on


def days_in_arrears(unpaid_due_dates: Iterable[date], *, on: date) -> int:
    """Days since the oldest unpaid due date, 0 when none is past. Due on the 10th: 1 on the 11th."""
    oldest = min(unpaid_due_dates, default=on)
    return max(0, (on - oldest).days)


def status_shown(status: InstalmentStatus, due_on: date, *, on: date) -> InstalmentStatus:
    """The status as people read it on the day `on`: an unpaid late one is OVERDUE, a part-paid one stays PARTIAL."""
    if status is InstalmentStatus.PENDING and is_overdue(status, due_on, on=on):
        return InstalmentStatus.OVERDUE
    return status
