"""A table as PDF: letterhead, title, facts, charts, the table with its heading on every page, and what it means."""

from datetime import datetime, tzinfo
from itertools import islice
from typing import Any

from shared.files.columns import Kind
from shared.files.errors import TooManyRows
from shared.files.scale import scale_of
from shared.files.shown import shown, shown_alone
from shared.files.table import Chart, Letterhead, Table
from shared.files.typesetter import breakable, pdf_of

MAX_ROWS = 1000
"""Some 25 pages, which is what somebody still reads on paper; while they are made, each cell takes 15 kB."""

_COLOUR = "#1f3a5f"
_UPRIGHT_COLUMNS = 7
_TO_THE_RIGHT = frozenset({Kind.AMOUNT, Kind.COUNT, Kind.PERCENT})
# In characters: a text this short is never broken; beyond so many a column grows no more.
_SHORT_TEXT, _LONG_TEXT = 14, 40
_TOTAL = "Total"


def table_as_pdf(table: Table, zone: tzinfo, *, printed_at: datetime) -> bytes:
    """The table, and those that come after it, on A4; wide ones on its side. Raises TooManyRows."""
    sections = [_section(each, zone) for each in (table, *table.further)]
    document = {
        "title": table.title,
        "printed": f"Printed on {shown(Kind.MOMENT, zone)(printed_at)}",
        "wide": max(len(each.columns) for each in (table, *table.further)) > _UPRIGHT_COLUMNS,
        "sections": sections,
        **letterhead_of(table.letterhead),
    }
    logo = table.letterhead.logo if table.letterhead else None
    cells = sum(len(section["cells"]) for section in sections)
    return pdf_of("table.typ", document, logo=logo, cells=cells)


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


def _section(table: Table, zone: tzinfo) -> dict[str, Any]:
    rows = _rows(table, zone)
    return {
        "title": table.title,
        "subtitles": list(table.subtitles),
        "facts": [
            [fact.label, breakable(shown_alone(fact.kind, fact.value, zone))]
            for fact in table.facts
            if fact.value is not None
        ],
        "charts": [_chart(chart) for chart in table.charts],
        "columns": _columns(table, rows),
        "cells": [breakable(cell) for row in rows for cell in row],
        "totals": _totals(table, zone),
        "notes": [breakable(note) for note in table.notes],
    }


def _columns(table: Table, rows: list[list[str]]) -> list[dict[str, Any]]:
    """The columns with their share of what is left of the page by those that take just what they need."""
    longest = [max(len(cell) for cell in cells) for cells in zip(*rows, strict=True)] or [0] * len(table.columns)
    texts = [length for length, column in zip(longest, table.columns, strict=True) if column.kind is Kind.TEXT]
    least = min(_SHORT_TEXT, max(texts, default=0) - 1)
    return [
        {
            "title": column.heading,
            "align": "right" if column.kind in _TO_THE_RIGHT else "left",
            "share": min(length, _LONG_TEXT) if column.kind is Kind.TEXT and length > least else None,
        }
        for column, length in zip(table.columns, longest, strict=True)
    ]


def _rows(table: Table, zone: tzinfo) -> list[list[str]]:
    writers = [shown(column.kind, zone) for column in table.columns]
    rows = list(islice(table.rows, MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise TooManyRows(f"As PDF a table has at most {MAX_ROWS:,} rows. Please take it as XLSX or CSV.")
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
        "kind": chart.kind,
        "unit": ", ".join(units),
        "labels": list(chart.labels),
        "ticks": scale.ticks(),
        "zero": scale.level(0),
        "series": [
            {"name": each.name, "levels": [None if value is None else scale.level(value) for value in each.values]}
            for each in chart.series
        ],
    }
