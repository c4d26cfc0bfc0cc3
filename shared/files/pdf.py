"""A table as PDF: letterhead, title, facts, charts, the table with its heading on every page, and what it means."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any

from shared.files.columns import Kind
from shared.files.errors import TooManyRows
from shared.files.formats import MAX_PDF_ROWS
from shared.files.layout import layout_of
from shared.files.scale import scale_of
from shared.files.shown import shown, shown_alone
from shared.files.table import Chart, ChartKind, Letterhead, Table
from shared.files.typesetter import breakable, pdf_of

_COLOUR = "#1f3a5f"
_UPRIGHT_COLUMNS = 7
_LEAST_POINTS = 3
_TO_THE_RIGHT = frozenset({Kind.AMOUNT, Kind.COUNT, Kind.PERCENT})
_TOTAL = "Total"


def table_as_pdf(table: Table, zone: tzinfo, *, printed_at: datetime) -> bytes:
    """The table, and those that come after it, on A4; wide ones on its side. Raises TooManyRows."""
    document = document_of(table, zone, printed_at=printed_at)
    logo = table.letterhead.logo if table.letterhead else None
    cells = sum(len(section["cells"]) for section in document["sections"])
    return pdf_of("table.typ", document, logo=logo, cells=cells)


def document_of(table: Table, zone: tzinfo, *, printed_at: datetime) -> dict[str, Any]:
    """What the page is made of, and how it is laid out. Raises TooManyRows."""
    on_its_side = max(len(each.columns) for each in (table, *table.further)) > _UPRIGHT_COLUMNS
    sections = [_section(each, zone, on_its_side=on_its_side) for each in (table, *table.further)]
    return {
        "title": table.title,
        "printed": f"Printed on {shown(Kind.MOMENT, zone)(printed_at)}",
        "wide": on_its_side,
        "sections": sections,
        **letterhead_of(table.letterhead),
    }


def letterhead_of(letterhead: Letterhead | None) -> dict[str, Any]:
    """The members of a document that say who speaks."""
    letterhead = letterhead or Letterhead("")
    ways = " · ".join(way for way in (letterhead.phone, letterhead.email) if way)
    lines = [*letterhead.address, *([ways] if ways else [])]
    return {
        "institution": {"name": letterhead.name, "lines": lines},
        "colour": letterhead.colour or _COLOUR,
        "logo": letterhead.logo is not None,
    }


def _section(table: Table, zone: tzinfo, *, on_its_side: bool) -> dict[str, Any]:
    rows = _rows(table, zone)
    totals = _totals(table, zone)
    layout = layout_of(table.columns, rows if totals is None else [*rows, totals], on_its_side=on_its_side)
    return {
        "title": table.title,
        "subtitles": list(table.subtitles),
        "facts": [
            [fact.label, breakable(shown_alone(fact.kind, fact.value, zone))]
            for fact in table.facts
            if fact.value is not None
        ],
        "charts": [_chart(chart) for chart in table.charts],
        "size": layout.size,
        "columns": _columns(table, layout.shares),
        "cells": [breakable(cell) for row in rows for cell in row],
        "totals": totals,
        "notes": [breakable(note) for note in table.notes],
    }


def _columns(table: Table, shares: Sequence[float | None]) -> list[dict[str, Any]]:
    return [
        {"title": column.heading, "align": "right" if column.kind in _TO_THE_RIGHT else "left", "share": share}
        for column, share in zip(table.columns, shares, strict=True)
    ]


def _rows(table: Table, zone: tzinfo) -> list[list[str]]:
    writers = [shown(column.kind, zone) for column in table.columns]
    rows = list(islice(table.rows, MAX_PDF_ROWS + 1))
    if len(rows) > MAX_PDF_ROWS:
        raise TooManyRows(f"As PDF a table has at most {MAX_PDF_ROWS:,} rows. Please take it as XLSX or CSV.")
    return [[write(value) for write, value in zip(writers, row, strict=True)] for row in rows]


def _totals(table: Table, zone: tzinfo) -> list[str] | None:
    totals = table.total_row()
    if totals is None:
        return None
    cells = [shown(column.kind, zone)(value) for column, value in zip(table.columns, totals, strict=True)]
    return [cells[0] or _TOTAL, *cells[1:]]


def _chart(chart: Chart) -> dict[str, Any]:
    scale = scale_of(value for series in chart.series for value in series.values)
    units = list(dict.fromkeys(series.unit for series in chart.series))
    return {
        "title": chart.title,
        "kind": _drawn_as(chart),
        "unit": ", ".join(units),
        "labels": list(chart.labels),
        "ticks": scale.ticks(),
        "zero": scale.level(0),
        "series": [
            {"name": each.name, "levels": [None if value is None else scale.level(value) for value in each.values]}
            for each in chart.series
        ],
    }


def _drawn_as(chart: Chart) -> ChartKind:
    """How the chart is drawn: a line through fewer than three points says less than bars, and one through a single
    point is none."""
    points = max((sum(value is not None for value in each.values) for each in chart.series), default=0)
    return chart.kind if points >= _LEAST_POINTS else ChartKind.BAR
