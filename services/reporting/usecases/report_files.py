"""A report of the catalogue as a table to be saved, with all that was asked for on it."""

from dataclasses import replace
from datetime import datetime, tzinfo

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
    made = Print(
        by=_name_of(connection, actor),
        at=at,
        zone=zone,
        names=asked_names(connection, asked.narrowed_to),
        letterhead=letterhead(connection),
    )
    return file_name(report.definition, asked), table_of(report.definition, asked, result, made)


def _name_of(connection: Connection, actor: Actor) -> str:
    name = officer_names(connection, [actor.id])[actor.id]
    return actor.email if name == UNKNOWN else name
