"""The institution's calendar, as the settings of this service say where it is."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app

from services.payments.domain.value_date import Books
from services.payments.settings import Settings
from shared.clock import business_date


def settings() -> Settings:
    """The settings of this service."""
    own: Settings = current_app.extensions["mp"].settings
    return own


def company_zone() -> ZoneInfo:
    """The company's time zone."""
    return ZoneInfo(settings().company_time_zone)


def today() -> date:
    """The business date of this request."""
    return business_date(company_zone().key)


def books() -> Books:
    """The days that payments and charges may be dated."""
    return Books(settings().books_open_from, settings().future_days)
