"""Reads and writes of when backups are made by themselves."""

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert

from services.reporting.domain.backups import Frequency, Location, Schedule
from services.reporting.models.backups import backup_schedule

_COLUMNS = [backup_schedule.c[field.name] for field in fields(Schedule)]


def schedule(connection: Connection, *, to_change: bool = False) -> Schedule | None:
    """The schedule; None before anybody made one."""
    query = select(*_COLUMNS)
    row = connection.execute(query.with_for_update() if to_change else query).one_or_none()
    return _schedule(row) if row else None


def keep(connection: Connection, kept: Schedule) -> None:
    """Write the schedule."""
    values = asdict(kept)
    row = insert(backup_schedule).values(id=1, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


def _schedule(row: Row[Any]) -> Schedule:
    values = dict(row._mapping)
    frequency, location = Frequency(values["frequency"]), Location(values["location"])
    return Schedule(**values | {"frequency": frequency, "location": location})
