"""The institution's calendar and policy, as the settings of this service have them."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import current_app

from services.lending.domain.application import CreateFlow
from shared.clock import business_date


def company_zone() -> ZoneInfo:
    """The company's time zone."""
    return ZoneInfo(current_app.extensions["mp"].settings.company_time_zone)


def today() -> date:
    """The business date of this request."""
    return business_date(company_zone().key)


def start_of(day: date) -> datetime:
    """The first instant of a day of the company."""
    return datetime.combine(day, time(), company_zone())


def create_flow() -> CreateFlow:
    """What happens to an application that does not say whether to be submitted."""
    return CreateFlow(current_app.extensions["mp"].settings.loan_create_flow)


def books_open_from() -> date | None:
    """The first day on which money can still be booked; None when every day is open."""
    day: date | None = current_app.extensions["mp"].settings.books_open_from
    return day
