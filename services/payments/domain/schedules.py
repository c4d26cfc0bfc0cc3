"""The schedules of a loan one after the other, and which of them counted on a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.payments.domain.instalment import Instalment


@dataclass(frozen=True, slots=True)
class Schedule:
    """What lending asks for on a loan from the day `counts_from`, until a higher version counts.

    Charges are left out, and interest that was given up is in it. It has no `lines` where a step of lending took the
    schedule away.
    """

    loan_id: UUID
    version: int
    counts_from: date
    lines: Sequence[Instalment]


def counted_until(schedules: Iterable[Schedule], day: date) -> list[Schedule]:
    """Those of one loan's schedules that counted on some day until `day`, in the order they did.

    On each day the highest version counts of those that count from then or before, so the last one is that of `day`;
    one that came with a higher version that counts from the same day or before never counted.
    """
    counted: list[Schedule] = []
    for schedule in sorted(schedules, key=lambda schedule: -schedule.version):
        if schedule.counts_from <= day and (not counted or schedule.counts_from < counted[-1].counts_from):
            counted.append(schedule)
    return counted[::-1]
