"""How many borrowers stay."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.borrowers import borrowers
from services.reporting.reports import officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.ratios import percent
from shared.files.columns import Column, Kind

DEFINITION = Definition(
    name="retention",
    title="Retention of borrowers",
    purpose="Which share of those who had a loan at the start of a period still, or again, has one at its end.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(
        officer_rows.COLUMN,
        Column("atStart", "Active at start", Kind.COUNT),
        Column("atEnd", "Active at end", Kind.COUNT),
        Column("new", "New", Kind.COUNT),
        Column("retained", "Retained", Kind.COUNT),
        Column("rate", "Retention", Kind.PERCENT),
    ),
    formula="Retention = (active at end - new) / active at start x 100. Active are members with a running loan: at the "
    "start, at the end of the day before the period; at the end, at the end of its last day. New are those of them "
    "whose first loan ever was disbursed in the period. Who comes back after a time without a loan counts as retained, "
    "and so does who came from another officer's union, so that the rate can pass 100. Who had the union on either day "
    "has the figure. Dropout has no standard formula: 100 less this rate is none.",
    source="Client Retention Rate, IRIS PI9319: (active clients at the end - new clients) / active clients at the "
    "beginning of the period.",
    totals="Counts are the sums of the rows; retention is that of the sums.",
)


@dataclass(slots=True)
class _Counts:
    at_start: int = 0
    at_end: int = 0
    new: int = 0

    def add(self, other: "_Counts") -> None:
        self.at_start += other.at_start
        self.at_end += other.at_end
        self.new += other.new


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer who had borrowers at either end, by name."""
    counts, total = _by_officer(connection, asked), _Counts()
    for each in counts.values():
        total.add(each)
    rows = officer_rows.rows_of(connection, counts, _cells)
    return Result(rows=page_of(rows, asked), totals=_cells(total), found=len(rows))


def _by_officer(connection: Connection, asked: Asked) -> dict[UUID | None, _Counts]:
    counts = defaultdict[UUID | None, _Counts](_Counts)
    before = replace(asked.window, last=asked.first - timedelta(days=1))
    for officer_id, (active, _) in borrowers(connection, before).items():
        counts[officer_id].add(_Counts(at_start=active))
    for officer_id, (active, new) in borrowers(connection, asked.window).items():
        counts[officer_id].add(_Counts(at_end=active, new=new))
    return counts


def _cells(counts: _Counts) -> Cells:
    retained = counts.at_end - counts.new
    return {
        "atStart": counts.at_start,
        "atEnd": counts.at_end,
        "new": counts.new,
        "retained": retained,
        "rate": percent(retained, counts.at_start),
    }


REPORT = Report(DEFINITION, read)
