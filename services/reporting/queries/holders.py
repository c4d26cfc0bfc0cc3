"""Who had which union when."""

from sqlalchemy import Connection, select

from services.reporting.domain.holders import Assignment, Holders
from services.reporting.models import union_officers

_of = union_officers.c
_ALL = select(_of.union_id, _of.version, _of.counts_from, _of.officer_id)


def holders(connection: Connection) -> Holders:
    """The officers of all unions by day. They are few beside loans and payments."""
    return Holders(Assignment(*row) for row in connection.execute(_ALL))
