"""E-mail templates as they are now: as they were delivered, with what the institution changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.templates import CurrentTemplate, Template, TemplateNotFound
from services.notifications.models import EmailTemplate

_CHANGED = select(*EmailTemplate.__table__.c)
_SIGNATURE = "{company_name}\n{company_phone_number}"
_DELIVERED = orjson.loads(Path(__file__).with_suffix(".json").read_bytes())


def _delivered(key: str, module: str, subject: str, variables: list[str], paragraphs: list[str]) -> Template:
    return Template(key, module, subject, "\n\n".join((*paragraphs, _SIGNATURE)), tuple(variables))


TEMPLATES: Mapping[str, Template] = {key: _delivered(key, **parts) for key, parts in _DELIVERED["templates"].items()}
"""The templates as they are delivered, by key."""


def template_named(key: str) -> Template:
    """The template as it is delivered. Raises TemplateNotFound."""
    if key not in TEMPLATES:
        raise TemplateNotFound("E-mail template not found.")
    return TEMPLATES[key]


def sample_values(template: Template) -> dict[str, str]:
    """Something plausible for each variable, for a look at the template before anything has happened."""
    return {name: _DELIVERED["samples"][name] for name in template.variables}


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
