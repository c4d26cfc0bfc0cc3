"""What the rules of separation go by: the settings of the institution, and where officers come from."""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select

from services.lending.domain.separation import Origin, Separation
from shared.directory.tables import directory_staff
from shared.institution import all_settings

_STAFF = directory_staff.c


def separation(connection: Connection) -> Separation:
    """The rules of the institution; none of them while identity has published no settings."""
    settings = all_settings(connection)
    return Separation(
        days=settings.get("separationDays", 0),
        four_eyes=settings.get("fourEyes", False),
        amount=Decimal(settings.get("fourEyesAmount", "0")),
    )


def origins(connection: Connection, user_ids: Collection[UUID]) -> list[Origin]:
    """Where the accounts of these members of staff come from."""
    query = select(_STAFF.created_by, _STAFF.created_at, _STAFF.password_set_by, _STAFF.password_set_at)
    return [Origin(*row) for row in connection.execute(query.where(_STAFF.id.in_(user_ids)))]
