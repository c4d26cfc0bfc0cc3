"""The settings of the institution, as identity last told them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql

from services.payments.models import institution_settings


def keep_settings(connection: Connection, values: Mapping[str, Any], version: int) -> None:
    """Write the settings unless newer ones are there."""
    row = {"id": 1, "version": version, "values": values}
    written = postgresql.insert(institution_settings).values(row)
    connection.execute(
        written.on_conflict_do_update(
            index_elements=["id"], set_=row, where=institution_settings.c.version < written.excluded.version
        )
    )


def setting(connection: Connection, name: str) -> Any:
    """One setting by its name on the wire, None while identity has told of none by that name."""
    return connection.execute(select(institution_settings.c["values"][name])).scalar()
