"""What a column of a table holds; a file shows each kind in its own way, in typed cells or for the eye."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Cell = str | date | datetime | Decimal | int | None
"""A value of a row, of the type that the kind of its column says; None is an empty cell."""
Row = Sequence[Cell]


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    """str, shown as it is: whatever is in it is never a formula or markup."""
    DAY = "day"
    """date."""
    MOMENT = "moment"
    """datetime with its time zone; files show it in the zone of the institution."""
    AMOUNT = "amount"
    """Decimal, in naira with two places; the title of the column need not name the unit."""
    COUNT = "count"
    """int."""
    PERCENT = "percent"
    """Decimal in per cent: 12.5 stands for 12.5 %; shown with two places."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `name` is that of the field on the wire, `title` what people read above it."""

    name: str
    title: str
    kind: Kind = Kind.TEXT

    @property
    def heading(self) -> str:
        """The title with the unit: `Principal (₦)`, `Collected (%)`."""
        unit = _UNITS.get(self.kind)
        return f"{self.title} ({unit})" if unit else self.title


_UNITS = {Kind.AMOUNT: "₦", Kind.PERCENT: "%"}
