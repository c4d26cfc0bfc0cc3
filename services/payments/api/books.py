"""The settings of payments that routes go by, and the days that they leave open in its books."""

from flask import current_app

from services.payments.domain.value_date import Books
from services.payments.settings import Settings


def settings() -> Settings:
    """The settings of this service."""
    own: Settings = current_app.extensions["mp"].settings
    return own


def books() -> Books:
    """The days that payments and charges may be dated."""
    return Books(settings().books_open_from, settings().future_days)
