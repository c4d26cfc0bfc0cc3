"""The web side of membership."""

from pathlib import Path

from flask import Flask

from services.membership.api.members import members
from services.membership.api.unions import unions
from services.membership.consumers import handlers
from services.membership.settings import Settings
from shared.web.app import create_service_app

CONTRACTS = Path(__file__).parent / "contracts"


def create_app(settings: Settings) -> Flask:
    """Wire membership together."""
    return create_service_app(
        "membership", settings, blueprints=(unions, members), handlers=handlers, contracts=CONTRACTS
    )
