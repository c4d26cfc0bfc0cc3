"""Which officer had a union on a day."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID


class Assignment(NamedTuple):
    """An officer has a union from the day `counts_from` until an assignment of a higher version counts."""

    union_id: UUID
    version: int
    counts_from: date
    officer_id: UUID


class Holders:
    """The officers of unions by day. Before its first assignment a union belongs to the first officer it had."""

    def __init__(self, assignments: Iterable[Assignment]) -> None:
        by_union: defaultdict[UUID, list[Assignment]] = defaultdict(list)
        for assignment in sorted(assignments, key=lambda each: (each.union_id, each.version)):
            held = by_union[assignment.union_id]
            # One that counts from an earlier day than those before it takes their days over.
            while held and held[-1].counts_from >= assignment.counts_from:
                held.pop()
            held.append(assignment)
        self._by_union: Mapping[UUID, list[Assignment]] = dict(by_union)

    def officer_on(self, union_id: UUID, day: date) -> UUID | None:
        """Who had the union at the end of a day; None for a union of which nothing is known."""
        held = self._by_union.get(union_id)
        if held is None:
            return None
        place = bisect_right(held, day, key=lambda each: each.counts_from)
        return held[max(place - 1, 0)].officer_id
