"""The web side of notifications."""

from pathlib import Path

from flask import Flask

from services.notifications.api.dependencies import MAILER
from services.notifications.api.email_settings import email
from services.notifications.api.email_templates import email_templates
from services.notifications.api.mails import mails
from services.notifications.consumers import handlers
from services.notifications.queries.member_data import SECTIONS
from services.notifications.settings import Settings
from shared.member_data import member_data_routes
from shared.web.app import create_service_app


def create_app(settings: Settings) -> Flask:
    """Wire notifications together."""
    app = create_service_app(
        "notifications",
        settings,
        home=Path(__file__).parent,
        blueprints=(email, email_templates, mails, member_data_routes(*SECTIONS)),
        handlers=handlers,
    )
    app.extensions[MAILER] = settings.mailer
    return app
