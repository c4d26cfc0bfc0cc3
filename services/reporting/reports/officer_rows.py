"""Rows that are of one officer each."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.names import officer_names
from services.reporting.reports.definition import Cells
from shared.files.columns import Column

T = TypeVar("T")
COLUMN = Column("officer", "Officer")


def rows_of(connection: Connection, groups: Mapping[UUID | None, T], cells: Callable[[T], Cells]) -> list[Cells]:
    """One row for each officer, by name, with the name and what `cells` makes of their figures. None stands for unions
    of which nobody is known to have had them."""
    names = officer_names(connection, {officer_id for officer_id in groups if officer_id})
    return [
        {"officer": names[officer_id], "officerId": officer_id, **cells(groups[officer_id])}
        for officer_id in sorted(groups, key=lambda each: (names[each], str(each)))
    ]
