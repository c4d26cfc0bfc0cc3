"""A report as a table for a file: its figures, and all that a reader must know to take them right."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby

from services.reporting.reports.definition import Asked, Cells, Definition, Line, Parameter, Result, Series
from shared.files.columns import Kind, Row
from shared.files.table import Chart, ChartKind, Letterhead, Table
from shared.files.table import Series as ChartSeries

_UNITS = {Kind.AMOUNT: "₦", Kind.PERCENT: "%"}
_MOST_BARS = 16
_NARROWED_TO = ("supervisor", "officer", "union", "loanType")
_WORDS = {"supervisor": "Supervisor", "officer": "Officer", "union": "Union", "loanType": "Loan type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """Who had a report made, when, and on whose paper. `names` are those of what it was narrowed to, by `officer`,
    `supervisor`, `union` and `loanType`."""

    by: str
    at: datetime
    zone: tzinfo
    names: dict[str, str]
    letterhead: Letterhead


def table_of(definition: Definition, asked: Asked, result: Result, made: Print) -> Table:
    """The report as a table. What its rows have beyond its columns is left out."""
    names = [column.name for column in definition.columns]
    return Table(
        title=definition.title,
        columns=definition.columns,
        rows=_rows(names, result.rows),
        subtitles=_subtitles(definition, asked, made),
        totals=_row(names, result.totals) if result.totals else None,
        notes=_notes(definition, result),
        letterhead=made.letterhead,
        charts=list(_charts(definition, result.series)) if result.series else (),
    )


def file_name(definition: Definition, asked: Asked) -> str:
    """What its file is called, without the ending: `disbursements-2026-03-01-2026-03-31`."""
    return "-".join([definition.name, *(day.isoformat() for day in _days(definition, asked))])


def _days(definition: Definition, asked: Asked) -> list[date]:
    if Parameter.PERIOD in definition.parameters:
        return [asked.first, asked.last]
    return [asked.as_of if Parameter.AS_OF in definition.parameters else asked.today]


def _rows(names: Sequence[str], rows: Iterable[Cells]) -> Iterator[Row]:
    return (_row(names, row) for row in rows)


def _row(names: Sequence[str], cells: Cells) -> Row:
    return [cells.get(name) for name in names]  # type: ignore[misc]  # columns are never ids


def _subtitles(definition: Definition, asked: Asked, made: Print) -> list[str]:
    lines = []
    if Parameter.PERIOD in definition.parameters:
        lines.append(f"From {_day(asked.first)} to {_day(asked.last)}")
    if Parameter.AS_OF in definition.parameters:
        lines.append(f"As of the end of {_day(asked.as_of)}")
    lines += [f"{_WORDS[what]}: {made.names[what]}" for what in _NARROWED_TO if what in made.names]
    return [*lines, made_for(made)]


def made_for(made: Print) -> str:
    """The line that says for whom something was made, and when."""
    local = made.at.astimezone(made.zone)
    return f"Made for {made.by} on {_day(local)}, {local:%H:%M}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _notes(definition: Definition, result: Result) -> list[str]:
    totals = [f"Totals: {definition.totals}"] if definition.totals else []
    return [
        *result.notes,
        f"What it shows: {definition.purpose}",
        f"Formula: {definition.formula}",
        *totals,
        f"Source: {definition.source}",
    ]


def _charts(definition: Definition, series: Series) -> Iterator[Chart]:
    """One chart for each unit: amounts and percentages have no common scale."""
    for unit, lines in groupby(sorted(series.lines, key=lambda line: list(Kind).index(line.unit)), _unit):
        drawn = list(lines)
        as_bars = unit is not Kind.PERCENT and len(series.labels) <= _MOST_BARS
        kind = ChartKind.BAR if as_bars else ChartKind.LINE
        title = ", ".join(line.name for line in drawn) if len(drawn) < 3 else definition.title
        yield Chart(title, kind, series.labels, [_drawn(line) for line in drawn])


def _unit(line: Line) -> Kind:
    return line.unit


def _drawn(line: Line) -> ChartSeries:
    return ChartSeries(line.name, _UNITS.get(line.unit, ""), line.values)
