"""Changing the settings of the institution."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.identity import wire
from services.identity.domain.institution import SETTINGS_ID, Institution
from services.identity.events import SettingsUpdated
from services.identity.queries.institution import current_settings, settings_for_update
from shared.db import UnitOfWork

SETTINGS = "Settings"


def change_settings(
    uow: UnitOfWork, *, changes: Mapping[str, Any], action: str, at: datetime
) -> tuple[Institution, Institution]:
    """Change the settings named in `changes`, tell everybody who goes by them, and return them before and after.

    `action` is what the audit trail calls it; switching maintenance mode leaves an entry of its own beside.
    """
    row = settings_for_update(uow.session)
    before = current_settings(uow.connection)
    differing = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if differing:
        for name, value in differing.items():
            setattr(row, name, value)
        row.version += 1
        row.updated_at = at
        uow.session.flush()
    after = current_settings(uow.connection)
    if differing:
        uow.publish(SettingsUpdated.of(after.version, wire.all_settings(after)))
    _audit(uow, action, before, after)
    if after.maintenance_mode != before.maintenance_mode:
        _audit(uow, "MAINTENANCE_ENABLED" if after.maintenance_mode else "MAINTENANCE_DISABLED", before, after)
    return before, after


def _audit(uow: UnitOfWork, action: str, before: Institution, after: Institution) -> None:
    uow.audit(
        action=action,
        entity_name=SETTINGS,
        entity_id=SETTINGS_ID,
        before=wire.all_settings(before),
        after=wire.all_settings(after),
    )
