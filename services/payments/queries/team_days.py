"""The officers of a team with their unions on a day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, select

from services.payments.models.rows import UnionOfOfficer
from services.payments.queries.officer_days import Which, handed_in_at
from services.payments.queries.rows import columns_of, rows_of
from shared.context import Role
from shared.directory.tables import directory_staff, directory_union


def officers_with_unions(connection: Connection, which: Which, on: date) -> Sequence[UnionOfOfficer]:
    """A row for each union of some officers, the officers by name; one without a union for an officer who has none,
    unless they have left."""
    staff, union = directory_staff.c, directory_union.c
    query = (
        select(
            *columns_of(
                UnionOfOfficer,
                directory_staff,
                officer_id=staff.id,
                officer_first_name=staff.first_name,
                officer_last_name=staff.last_name,
                union_id=union.id,
                handed_in_at=handed_in_at(on),
            )
        )
        .outerjoin_from(directory_staff, directory_union, (union.officer_id == staff.id) & ~union.is_deleted)
        .where(which(staff.id), staff.role == Role.CREDIT_OFFICER)
        .where((staff.is_active & ~staff.is_deleted) | union.id.is_not(None))
        .order_by(staff.first_name, staff.last_name, staff.id, union.id)
    )
    return rows_of(UnionOfOfficer, connection.execute(query))
