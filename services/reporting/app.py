"""The web side of reporting."""

from pathlib import Path

from flask import Flask

from services.reporting.api.audit_logs import audit_logs
from services.reporting.api.reports import reports
from services.reporting.api.supervisor_reports import supervisor_reports
from services.reporting.consumers import handlers
from services.reporting.settings import Settings
from shared.web.app import create_service_app


def create_app(settings: Settings) -> Flask:
    """Wire reporting together."""
    return create_service_app(
        "reporting",
        settings,
        home=Path(__file__).parent,
        blueprints=(audit_logs, supervisor_reports, reports),
        handlers=handlers,
    )
