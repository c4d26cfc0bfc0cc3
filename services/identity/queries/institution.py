"""The settings of the institution, and of its mail server."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.domain.institution import Institution
from services.identity.models import CompanySetting, EmailSetting

Reading = Callable[[], AbstractContextManager[Connection]]
"""Opens a connection to read from."""

_CURRENT = select(*(CompanySetting.__table__.c[setting.name] for setting in fields(Institution)))
_EMAIL = select(*EmailSetting.__table__.c)


def current_settings(connection: Connection) -> Institution:
    """The settings as they are now; made of the defaults when they are first read."""
    return Institution(**_only_row(connection, CompanySetting, _CURRENT)._mapping)


def read_settings(reading: Reading) -> Institution:
    """The settings as they are now, for who has no connection open."""
    with reading() as connection:
        return current_settings(connection)


def settings_for_update(session: Session) -> CompanySetting:
    """The row of the settings, locked, so that of two changes the second sees the first."""
    current_settings(session.connection())
    return session.scalars(select(CompanySetting).with_for_update()).one()


def email_settings(connection: Connection) -> Row[Any]:
    """How mail is sent, the password still encrypted; made of the defaults when it is first read."""
    return _only_row(connection, EmailSetting, _EMAIL)


def email_settings_for_update(session: Session) -> EmailSetting:
    """The row of the mail server, locked."""
    email_settings(session.connection())
    return session.scalars(select(EmailSetting).with_for_update()).one()


def add_settings(connection: Connection, **settings: Any) -> bool:
    """Make the settings of a new installation, these unlike the defaults; False when there are some already."""
    row = insert(CompanySetting).values(**settings).on_conflict_do_nothing().returning(CompanySetting.id)
    return connection.execute(row).first() is not None


def _only_row(connection: Connection, table: type[CompanySetting | EmailSetting], query: Select[Any]) -> Row[Any]:
    row = connection.execute(query).one_or_none()
    if row is None:
        connection.execute(insert(table).on_conflict_do_nothing())
        row = connection.execute(query).one()
    return row
