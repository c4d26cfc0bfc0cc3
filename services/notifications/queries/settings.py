"""The settings that mail is sent by: those of the mail server, and what is kept of the institution's."""

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notifications.domain.institution import Institution
from services.notifications.models import EmailSetting
from shared.institution import all_settings

_EMAIL = select(*EmailSetting.__table__.c)


def current_institution(connection: Connection) -> Institution:
    """The institution as identity has last published its settings."""
    return Institution.of(all_settings(connection))


def email_settings(connection: Connection) -> Row[tuple[object, ...]]:
    """How mail is sent, the password still encrypted; made of the defaults when it is first read."""
    row = connection.execute(_EMAIL).one_or_none()
    if row is None:
        connection.execute(insert(EmailSetting).on_conflict_do_nothing())
        row = connection.execute(_EMAIL).one()
    return row


def email_settings_for_update(session: Session) -> EmailSetting:
    """The row of the mail server, locked."""
    email_settings(session.connection())
    return session.scalars(select(EmailSetting).with_for_update()).one()
