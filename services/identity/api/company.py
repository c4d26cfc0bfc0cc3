"""Settings of the institution, which every page of the web client reads."""

from flask import Blueprint, Response

from services.identity import queries
from services.identity.api import wire
from services.identity.api.schemas import CompanySettingsAnswer, PublicSettingsAnswer
from shared.context import Role
from shared.web.auth import current_actor, public, requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading

company = Blueprint("company", __name__, url_prefix="/settings")


@company.get("/company")
@requires()
@documented("Settings of the institution", answer=CompanySettingsAnswer)
def get_company_settings() -> Response:
    with reading() as connection:
        row = queries.company_settings(connection)
    shown = wire.company_settings if current_actor().role is Role.ADMIN else wire.public_settings
    return success(shown(row), "Company settings retrieved successfully")


@company.get("/public")
@public
@documented("What anybody may know of the institution", answer=PublicSettingsAnswer)
def get_public_settings() -> Response:
    with reading() as connection:
        row = queries.company_settings(connection)
    return success(wire.public_settings(row), "Public settings retrieved successfully")
