"""A table on its way into a file, whatever the format: declared once, written by `shared.files.formats`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.files.columns import Cell, Column, Kind, Row


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The institution as it stands above a page. `colour` is `#RRGGBB`; `logo` a picture as PNG or JPEG."""

    name: str
    address: Sequence[str] = ()
    phone: str = ""
    email: str = ""
    colour: str = ""
    logo: bytes | None = None


class ChartKind(StrEnum):
    """How a chart shows its series."""

    LINE = "line"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Series:
    """The values of a chart under one name, one for each label; None leaves a gap."""

    name: str
    unit: str
    values: Sequence[Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over labels, such as days. Only a PDF draws it."""

    title: str
    kind: ChartKind
    labels: Sequence[str]
    series: Sequence[Series]


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value above a table, such as the principal of a loan. One without a value is not shown."""

    label: str
    value: Cell
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a file shows. Rows are taken once, one after the other, and never held by the writers of CSV and XLSX.

    `subtitles` say what the table is of (period, union); `totals` is a last row with None where there is no sum, or
    what makes it when all rows have passed; `notes` stand below (how a figure is defined); `further` tables come after
    this one: below it in a PDF, on sheets of their own in a spreadsheet, not at all in CSV. A table among `further`
    needs no letterhead.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    subtitles: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    totals: Row | Callable[[], Row] | None = None
    notes: Sequence[str] = ()
    letterhead: Letterhead | None = None
    charts: Sequence[Chart] = ()
    further: Sequence["Table"] = ()

    def total_row(self) -> Row | None:
        """The totals, to be asked for after the last row."""
        return self.totals() if callable(self.totals) else self.totals
