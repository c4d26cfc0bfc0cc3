"""E-mail templates as they are now: as they were delivered, with what the institution changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.templates import TEMPLATES, CurrentTemplate, Template, template_named
from services.notifications.models import EmailTemplate

_CHANGED = select(*EmailTemplate.__table__.c)


def all_templates(connection: Connection) -> Mapping[str, CurrentTemplate]:
    """Every template by its key, in the order they are delivered in."""
    changed = {row.key: row for row in connection.execute(_CHANGED)}
    return {key: _current(template, changed.get(key)) for key, template in TEMPLATES.items()}


def current_template(connection: Connection, key: str) -> CurrentTemplate:
    """One template. Raises TemplateNotFound."""
    delivered = template_named(key)
    return _current(delivered, connection.execute(_CHANGED.where(EmailTemplate.key == key)).one_or_none())


def save_template(connection: Connection, template: Template, *, at: datetime) -> None:
    """Keep a template as it is now."""
    values = {
        "subject": template.subject,
        "content": template.content,
        "email_enabled": template.email_enabled,
        "sms_enabled": template.sms_enabled,
        "updated_at": at,
    }
    row = insert(EmailTemplate).values(key=template.key, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=values))


def forget_template(connection: Connection, key: str) -> None:
    """Let a template be again as it was delivered."""
    connection.execute(delete(EmailTemplate).where(EmailTemplate.key == key))


def _current(delivered: Template, row: Row[Any] | None) -> CurrentTemplate:
    if row is None:
        return CurrentTemplate(delivered, None)
    changed = replace(
        delivered,
        subject=row.subject,
        content=row.content,
        email_enabled=row.email_enabled,
        sms_enabled=row.sms_enabled,
    )
    return CurrentTemplate(changed, row.updated_at)
