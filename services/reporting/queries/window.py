"""Which days, and the loans of whom, a report reads, and what it reads of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Row

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `first` to `last`, both included, of one union and of loans of one type where those are given, of
    unions that `officers` had on the day in question, and of those among `unions`; None for all."""

    first: date
    last: date
    union_id: UUID | None = None
    loan_type_id: UUID | None = None
    officers: Collection[UUID] | None = None
    unions: Collection[UUID] | None = None

    def values(self) -> dict[str, Any]:
        """As parameters of a statement, under these names."""
        return {
            "first": self.first,
            "last": self.last,
            "union_id": self.union_id,
            "loan_type_id": self.loan_type_id,
            "officers": None if self.officers is None else list(self.officers),
            "unions": None if self.unions is None else list(self.unions),
        }


class Holding(NamedTuple):
    """A union while an officer had it; None where nobody is known to have."""

    union_id: UUID
    officer_id: UUID | None


@dataclass(frozen=True, slots=True)
class Sums(Generic[S]):
    """The sums of a period by day, and the same by union and officer."""

    by_day: dict[date, S]
    by_union: dict[Holding, S]


def sums_of(rows: Iterable[Row[Any]], kind: type[S]) -> Sums[S]:
    """The rows of a query that ends with `BY_DAY_AND_UNION`; `kind` takes what stands after the keys, by name."""
    by_day, by_union = {}, {}
    for row in rows:
        figures = dict(row._mapping)
        day, holding = figures.pop("day"), Holding(figures.pop("union_id"), figures.pop("officer_id"))
        if figures.pop("is_of_day"):
            by_day[day] = kind(**figures)
        else:
            by_union[holding] = kind(**figures)
    return Sums(by_day, by_union)
