"""What officers did in a period, by the audit trail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class ActionCount:
    """How many entries of one kind an officer left, and when the last one."""

    officer_id: UUID
    action: str
    entries: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class OfficerActivity:
    """What an officer did, by action; nothing at all where they did nothing."""

    officer_id: UUID
    officer_name: str
    counts: Mapping[str, int]
    last_action_at: datetime | None


@dataclass(frozen=True, slots=True)
class DayOfActivity:
    """How many entries there are of one day."""

    date: date
    entries: int


@dataclass(frozen=True, slots=True)
class Activity:
    """The officers in the order given, and every day of the period, the oldest first."""

    officers: Sequence[OfficerActivity]
    days: Sequence[DayOfActivity]


def activity(
    officers: Iterable[tuple[UUID, str]],
    counts: Iterable[ActionCount],
    by_day: Mapping[date, int],
    first: date,
    last: date,
) -> Activity:
    """Put together what officers, given by id and name, did from `first` to `last`, both included."""
    found: dict[UUID, list[ActionCount]] = {}
    for count in counts:
        found.setdefault(count.officer_id, []).append(count)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return Activity(
        officers=[_of_officer(officer_id, name, found.get(officer_id, [])) for officer_id, name in officers],
        days=[DayOfActivity(day, by_day.get(day, 0)) for day in days],
    )


def _of_officer(officer_id: UUID, name: str, counts: Sequence[ActionCount]) -> OfficerActivity:
    by_action = {count.action: count.entries for count in sorted(counts, key=lambda count: count.action)}
    return OfficerActivity(officer_id, name, by_action, max((count.last_at for count in counts), default=None))
