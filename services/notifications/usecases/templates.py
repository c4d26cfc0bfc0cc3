"""Changing what the institution writes to people."""

from datetime import datetime

from services.notifications import shapes
from services.notifications.domain.templates import (
    Changes,
    CurrentTemplate,
    Template,
    TemplateNotFound,
    template_id,
    with_changes,
)
from services.notifications.queries import templates
from shared.db import UnitOfWork
from shared.errors import RuleViolated


class SettingNotOffered(RuleViolated):
    """The platform does nothing by this setting, so it is not kept as if it did."""


def template_key(id_or_key: str) -> str:
    """The key of the template somebody names by its id or its key. Raises TemplateNotFound."""
    for key in templates.TEMPLATES:
        if id_or_key in (key, str(template_id(key))):
            return key
    raise TemplateNotFound("E-mail template not found.")


def change_template(uow: UnitOfWork, *, key: str, changes: Changes, at: datetime) -> CurrentTemplate:
    """Give a template other words, or switch it on or off. Raises BadTemplate, SettingNotOffered."""
    before = templates.current_template(uow.connection, key).template
    if changes.get("sms_enabled", before.sms_enabled) not in (before.sms_enabled, False):
        raise SettingNotOffered("This cannot be changed: no SMS is sent by this platform.", field="smsEnabled")
    after = with_changes(before, **changes)
    templates.save_template(uow.connection, after, at=at)
    _audit(uow, before, after)
    return CurrentTemplate(after, at)


def reset_template(uow: UnitOfWork, *, key: str) -> CurrentTemplate:
    """Let a template be again as it was delivered."""
    before = templates.current_template(uow.connection, key).template
    templates.forget_template(uow.connection, key)
    after = templates.current_template(uow.connection, key)
    _audit(uow, before, after.template)
    return after


def _audit(uow: UnitOfWork, before: Template, after: Template) -> None:
    uow.audit(
        action="EMAIL_TEMPLATE_UPDATED",
        entity_name="Settings",
        entity_id=template_id(after.key),
        before=shapes.TemplateSnapshot.of(before),
        after=shapes.TemplateSnapshot.of(after),
    )
