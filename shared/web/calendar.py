"""The calendar of the institution, in its time zone, for the requests of a service."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app

from shared.clock import business_date


def company_zone() -> ZoneInfo:
    """The company's time zone."""
    return ZoneInfo(current_app.extensions["mp"].settings.company_time_zone)


def today() -> date:
    """The business date of this request."""
    return business_date(company_zone().key)
