"""What is shown of the reports of the catalogue."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shared import shapes, wire
from shared.files.columns import Kind


def cell(value: Any) -> Any:
    """A value of a report as JSON: amounts and percentages are numbers, days are midnight UTC."""
    match value:
        case Decimal():
            return wire.number(value)
        case datetime():
            return wire.timestamp(value)
        case date():
            return wire.day(value)
    return value


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: cell(value) for name, value in row.items()}


class ReportColumn(shapes.Shape):
    """A column of a report. `kind` says what its values are: text, day, moment, amount (naira), count or percent."""

    name = shapes.text()
    title = shapes.text()
    kind = shapes.choice(Kind)


class ReportDefinition(shapes.Shape):
    """What a report says about itself."""

    name = shapes.text()
    title = shapes.text()
    purpose = shapes.text()
    parameters = shapes.listed(shapes.text())
    columns = shapes.listed(ReportColumn)
    formula = shapes.text()
    source = shapes.text()
    totals = shapes.text(description="How the totals are made; empty where there are none.")
    hasSeries = shapes.flag()
    looksAhead = shapes.flag()


class SeriesLine(shapes.Shape):
    """A line, or a kind of bar, of a chart; its values are one for each label, null is a gap."""

    name = shapes.text()
    unit = shapes.choice(Kind)
    values = shapes.listed(shapes.anything({"type": ["number", "null"]}), of=lambda values: [cell(v) for v in values])


class Series(shapes.Shape):
    """What a chart draws as it is."""

    labels = shapes.listed(shapes.text())
    series = shapes.listed(SeriesLine, of="lines")


class Report(shapes.Shape):
    """A report: `definition`, what it was asked for, and its figures. Rows have a value for each column, by its name,
    and beside them ids of what they are about."""

    definition = shapes.nested(ReportDefinition, of=shapes.given("definition"))
    parameters = shapes.anything({"type": "object"}, of=shapes.given("parameters"))
    columns = shapes.listed(ReportColumn, of=lambda *, definition: definition.columns)
    rows = shapes.listed(shapes.anything({"type": "object"}), of=lambda rows: [_cells(row) for row in rows])
    totals = shapes.anything({"type": ["object", "null"]}, of=lambda totals: _cells(totals) if totals else None)
    notes = shapes.listed(shapes.text())
    series = shapes.nested(Series, of="series", maybe=True)
