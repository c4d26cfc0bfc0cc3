"""Who had which union when."""

from datetime import date

from sqlalchemy import Connection, select

from services.reporting.domain.holders import Assignment, Holders
from services.reporting.models import union_officers
from shared.directory.tables import directory_union

_of = union_officers.c
_ALL = select(_of.union_id, _of.version, _of.counts_from, _of.officer_id)
_UNIONS = select(directory_union.c.id, directory_union.c.officer_id)


def holders(connection: Connection) -> Holders:
    """The officers of all unions by day. They are few beside loans and payments. A union whose history has not come is
    the officer's who has it now."""
    assignments = [Assignment(*row) for row in connection.execute(_ALL)]
    with_history = {assignment.union_id for assignment in assignments}
    present = (Assignment(row.id, 0, date.min, row.officer_id) for row in connection.execute(_UNIONS))
    return Holders([*assignments, *(each for each in present if each.union_id not in with_history)])
