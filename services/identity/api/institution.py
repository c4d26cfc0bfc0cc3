"""Settings of the institution, part of which every page of the web client reads."""

from typing import Any

from flask import Blueprint, Response

from services.identity import shapes
from services.identity.api.bodies.settings import CompanyChangesBody, GeneralChangesBody, SystemChangesBody
from services.identity.api.pictures import keep_pictures, with_stored_pictures
from services.identity.queries.institution import read_settings
from services.identity.usecases.institution import change_settings
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, public, requires
from shared.web.envelope import success
from shared.web.schema import documented, load
from shared.web.transactions import reading, transactional

institution = Blueprint("institution", __name__, url_prefix="/settings")


@institution.get("/company")
@requires()
@documented("Settings of the institution", name="get_company_settings", answer=shapes.CompanySettings)
def get_company_settings() -> Response:
    """Name, pictures, formats and contact of the institution. An admin sees all of it, others what `GET
    /settings/public` shows."""
    shape = shapes.CompanySettings if current_actor().role is Role.ADMIN else shapes.PublicSettings
    return success(shape.of(read_settings(reading)), "Company settings retrieved successfully")


@institution.get("/public")
@public
@documented("What anybody may know of the institution", name="get_public_settings", answer=shapes.PublicSettings)
def get_public_settings() -> Response:
    """Name, pictures, colours and whether there is maintenance: what the sign-in page needs."""
    return success(shapes.PublicSettings.of(read_settings(reading)), "Public settings retrieved successfully")


@institution.put("/company")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Change the settings of the institution",
    name="update_company_settings",
    body=CompanyChangesBody,
    answer=shapes.CompanySettings,
)
def put_company_settings() -> Response:
    # The storage is not waited for inside of a transaction.
    """Change them: what is absent stays. Pictures are addresses, or written out as `data:image/...;base64,`.

    `maintenanceMode` keeps everybody but admins out from that moment on.
    """
    return _change_company(changes=with_stored_pictures(load(CompanyChangesBody)))


@transactional
def _change_company(uow: UnitOfWork, changes: dict[str, Any]) -> Response:
    return success(shapes.CompanySettings.of(keep_pictures(uow, changes)), "Company settings updated successfully")


@institution.get("/general")
@requires(Role.ADMIN)
@documented("Who may come in, and how", name="get_general_settings", answer=shapes.GeneralSettings)
def get_general_settings() -> Response:
    """Sessions, passwords, maintenance, and whether repayments may be reversed."""
    return success(shapes.GeneralSettings.of(read_settings(reading)), "General settings retrieved successfully")


@institution.put("/general")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Change who may come in, and how",
    name="update_general_settings",
    body=GeneralChangesBody,
    answer=shapes.GeneralSettings,
)
@transactional
def put_general_settings(uow: UnitOfWork) -> Response:
    """Change them: what is absent stays. They hold from the next request on."""
    _, after = change_settings(uow, changes=load(GeneralChangesBody), action="GENERAL_SETTINGS_UPDATED", at=now())
    return success(shapes.GeneralSettings.of(after), "General settings updated successfully")


@institution.get("/system")
@requires(Role.ADMIN)
@documented("How the platform is run", name="get_system_settings", answer=shapes.SystemSettings)
def get_system_settings() -> Response:
    """Files, notifications and housekeeping."""
    return success(shapes.SystemSettings.of(read_settings(reading)), "System settings retrieved successfully")


@institution.put("/system")
@requires(Role.ADMIN, as_oneself=True)
@documented(
    "Change how the platform is run",
    name="update_system_settings",
    body=SystemChangesBody,
    answer=shapes.SystemSettings,
)
@transactional
def put_system_settings(uow: UnitOfWork) -> Response:
    """Change them: what is absent stays."""
    changes = load(SystemChangesBody)
    changes |= changes.pop("notifications", {})
    _, after = change_settings(uow, changes=changes, action="SYSTEM_SETTINGS_UPDATED", at=now())
    return success(shapes.SystemSettings.of(after), "System settings updated successfully")
