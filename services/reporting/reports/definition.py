"""What a report is: its definition, which screen and files print, what is asked of it, and what it answers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.window import Window
from shared.files.columns import Cell, Column, Kind


class Parameter(StrEnum):
    """What a report can be asked for, by its name on the wire."""

    PERIOD = "period"
    """The days `from` and `to`, both included."""
    AS_OF = "asOf"
    """The end of a day."""
    OFFICER = "officerId"
    SUPERVISOR = "supervisorId"
    UNION = "unionId"
    LOAN_TYPE = "loanTypeId"
    PAGE = "page"
    """With `limit`: which of its rows. Totals and series are those of all rows."""


WHOSE = (Parameter.OFFICER, Parameter.SUPERVISOR, Parameter.UNION, Parameter.LOAN_TYPE)
"""What narrows the loans that a report is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a report says about itself, in words for people.

    `formula` says how its figures come about and `source` whose formula that is; `totals` how its totals are made, and
    is empty where it has none. A report that `looks_ahead` takes days in the future. `is_of_persons`: its rows name
    members, so that whoever lost a union sees them no more, even as of a day when it was theirs.
    """

    name: str
    title: str
    purpose: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    formula: str
    source: str
    totals: str = ""
    has_series: bool = False
    looks_ahead: bool = False
    is_of_persons: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a report, with what was left out filled in.

    `first` and `last` are the ends of the period, both included. `officers` are those whose figures may be seen and are
    asked for, by the officer that a union had on the day in question; None means everybody's. `seen_by` are the
    officers whose unions may be seen now, None for all. `limit` None means all rows.
    """

    today: date
    as_of: date
    first: date
    last: date
    officers: Collection[UUID] | None = None
    seen_by: Collection[UUID] | None = None
    officer_id: UUID | None = None
    supervisor_id: UUID | None = None
    union_id: UUID | None = None
    loan_type_id: UUID | None = None
    limit: int | None = None
    offset: int = 0

    @property
    def window(self) -> Window:
        """The period, with the union, the loan type and the officers."""
        return Window(self.first, self.last, self.union_id, self.loan_type_id, self.officers)

    @property
    def narrowed_to(self) -> dict[str, UUID | None]:
        """The ids it was narrowed to, by what they are of; None where it was not."""
        return {
            "officer": self.officer_id,
            "supervisor": self.supervisor_id,
            "union": self.union_id,
            "loanType": self.loan_type_id,
        }


Cells = Mapping[str, Cell | UUID | bool]
"""A row by the names of its columns. What it has beyond them, as ids to link to, screens get and files leave out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or one kind of bar, of a chart: a value for each label; None is a gap."""

    name: str
    unit: Kind
    values: Sequence[Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Series:
    """What a chart draws as it is: labels along, and lines."""

    labels: Sequence[str]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a report answers. `found` is how many rows there are in all, where `rows` are one page of them; `notes` are
    sentences that a reader must know to read the figures right."""

    rows: Sequence[Cells]
    totals: Cells | None = None
    series: Series | None = None
    notes: Sequence[str] = ()
    found: int | None = None

    @property
    def total_rows(self) -> int:
        """How many rows there are in all."""
        return len(self.rows) if self.found is None else self.found


Read = Callable[[Connection, Asked], Result]


@dataclass(frozen=True, slots=True)
class Report:
    """A report of the catalogue: what it says about itself, and the function that reads it."""

    definition: Definition
    read: Read


def page_of(rows: Sequence[Any], asked: Asked) -> Sequence[Any]:
    """The page of rows that are all at hand."""
    end = None if asked.limit is None else asked.offset + asked.limit
    return rows[asked.offset : end]
