"""The web side of payments."""

from pathlib import Path

from flask import Flask

from services.payments.api.repayments import repayments
from services.payments.api.schedules import schedules
from services.payments.consumers import handlers
from services.payments.settings import Settings
from shared.web.app import create_service_app

CONTRACTS = Path(__file__).parent / "contracts"


def create_app(settings: Settings) -> Flask:
    """Wire payments together."""
    return create_service_app(
        "payments", settings, blueprints=(repayments, schedules), handlers=handlers, contracts=CONTRACTS
    )
