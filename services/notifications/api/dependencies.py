"""The mailer of the running app."""

from flask import current_app

from services.notifications.mailer.mailer import Mailer

MAILER = "mailer"


def current_mailer() -> Mailer:
    """What this process sends mail by; `create_app` makes it."""
    mailer: Mailer = current_app.extensions[MAILER]
    return mailer
