"""Which days, and the loans of whom, a report reads."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `first` to `last`, both included, of one union and of loans of one type where those are given."""

    first: date
    last: date
    union_id: UUID | None = None
    loan_type_id: UUID | None = None

    def values(self) -> dict[str, Any]:
        """As parameters of a statement, under these names."""
        return {
            "first": self.first,
            "last": self.last,
            "union_id": self.union_id,
            "loan_type_id": self.loan_type_id,
        }
