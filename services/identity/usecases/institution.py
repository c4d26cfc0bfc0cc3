"""Changing the settings of the institution."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.identity.domain.institution import NEW_IN_PRODUCTION, SECURITY, SETTINGS_ID, Institution, check_offered
from services.identity.events import SecurityChanged, SettingsUpdated
from services.identity.queries.institution import add_settings, current_settings, settings_for_update
from services.identity.shapes import AllSettings, PublishedSettings
from services.identity.steps.sessions import end_overdue
from shared.db import UnitOfWork
from shared.ids import new_id

SETTINGS = "Settings"


def change_settings(
    uow: UnitOfWork, *, changes: Mapping[str, Any], action: str, at: datetime
) -> tuple[Institution, Institution]:
    """Change the settings named in `changes`, publish them, and return them before and after.

    `action` is what the audit trail calls it; switching maintenance mode leaves an entry of its own beside, and so does
    changing what keeps one person from doing everything alone, which every admin hears of.
    Raises SettingNotOffered.
    """
    row = settings_for_update(uow.session)
    before = current_settings(uow.connection)
    differing = {name: value for name, value in changes.items() if getattr(row, name) != value}
    check_offered(differing)
    if differing:
        for name, value in differing.items():
            setattr(row, name, value)
        row.version += 1
        row.updated_at = at
        uow.session.flush()
    after = current_settings(uow.connection)
    if differing:
        uow.publish(SettingsUpdated.of(after.version, PublishedSettings.of(after)))
    _audit(uow, action, before, after)
    if differing.keys() & {"session_timeout_hours", "idle_timeout_hours"}:
        end_overdue(uow, at=at)
    if changed := SECURITY & differing.keys():
        _audit(uow, "SECURITY_SETTINGS_UPDATED", before, after)
        uow.publish(SecurityChanged(new_id(), 1, changed_settings=sorted(changed), changed_at=at))
    if after.maintenance_mode != before.maintenance_mode:
        _audit(uow, "MAINTENANCE_ENABLED" if after.maintenance_mode else "MAINTENANCE_DISABLED", before, after)
    return before, after


def found_institution(uow: UnitOfWork, *, is_production: bool) -> bool:
    """Give a new installation its settings, where real money is lent those that keep one person from doing all alone;
    whether it was new. Existing settings stay as they are."""
    if not add_settings(uow.connection, **(NEW_IN_PRODUCTION if is_production else {}), version=1):
        return False
    founded = current_settings(uow.connection)
    uow.publish(SettingsUpdated.of(founded.version, PublishedSettings.of(founded)))
    return True


def _audit(uow: UnitOfWork, action: str, before: Institution, after: Institution) -> None:
    uow.audit(
        action=action,
        entity_name=SETTINGS,
        entity_id=SETTINGS_ID,
        before=AllSettings.of(before),
        after=AllSettings.of(after),
    )
