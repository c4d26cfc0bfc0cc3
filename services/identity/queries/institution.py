"""The settings of the institution."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.domain.institution import Institution
from services.identity.models import CompanySetting

Reading = Callable[[], AbstractContextManager[Connection]]
"""Opens a connection to read from."""

_CURRENT = select(*(CompanySetting.__table__.c[setting.name] for setting in fields(Institution)))


def current_settings(connection: Connection) -> Institution:
    """The settings as they are now; made of the defaults when they are first read."""
    row = connection.execute(_CURRENT).one_or_none()
    if row is None:
        connection.execute(insert(CompanySetting).on_conflict_do_nothing())
        row = connection.execute(_CURRENT).one()
    return Institution(**row._mapping)


def read_settings(reading: Reading) -> Institution:
    """The settings as they are now, for who has no connection open."""
    with reading() as connection:
        return current_settings(connection)


def settings_for_update(session: Session) -> CompanySetting:
    """The row of the settings, locked, so that of two changes the second sees the first."""
    current_settings(session.connection())
    return session.scalars(select(CompanySetting).with_for_update()).one()


def add_settings(connection: Connection, **settings: Any) -> bool:
    """Make the settings of a new installation, these unlike the defaults; False when there are some already."""
    row = insert(CompanySetting).values(**settings).on_conflict_do_nothing().returning(CompanySetting.id)
    return connection.execute(row).first() is not None
