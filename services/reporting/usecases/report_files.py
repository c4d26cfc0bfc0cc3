"""A report of the catalogue as a table to be saved, with all that was asked for on it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.names import UNKNOWN, asked_names, officer_names
from services.reporting.reports.definition import Asked, Report
from services.reporting.reports.printed import Print, file_name, table_of
from shared.context import Actor
from shared.files.table import Table
from shared.institution import letterhead


def report_table(
    connection: Connection, actor: Actor, report: Report, asked: Asked, *, most_rows: int, at: datetime, zone: tzinfo
) -> tuple[str, Table]:
    """The name of the file, without its ending, and the table, with one row more than `most_rows` where there are
    more."""
    result = report.read(connection, replace(asked, limit=most_rows + 1, offset=0))
    made = print_for(connection, actor, asked.narrowed_to, at=at, zone=zone)
    return file_name(report.definition, asked), table_of(report.definition, asked, result, made)


def print_for(
    connection: Connection, actor: Actor, narrowed_to: Mapping[str, UUID | None], *, at: datetime, zone: tzinfo
) -> Print:
    """For whom a report is printed, on whose paper, with the names of what it was narrowed to."""
    name = officer_names(connection, [actor.id])[actor.id]
    return Print(
        by=actor.email if name == UNKNOWN else name,
        at=at,
        zone=zone,
        names=asked_names(connection, narrowed_to),
        letterhead=letterhead(connection),
    )
