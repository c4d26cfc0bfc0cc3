"""The web side of lending."""

from pathlib import Path

from flask import Flask

from services.lending.api.bodies import FIELD_NAMES
from services.lending.api.branches import branches
from services.lending.api.deletions import deletions
from services.lending.api.documents import documents
from services.lending.api.exports import EXPORTS, exports
from services.lending.api.loan_types import loan_types
from services.lending.api.loans import loans
from services.lending.api.members import members
from services.lending.api.schedules import schedules
from services.lending.api.search import search
from services.lending.api.unions import unions
from services.lending.consumers import handlers
from services.lending.queries.member_data import SECTIONS
from services.lending.settings import Settings
from shared.member_data import member_data_routes
from shared.storage.downloads import keep_files
from shared.web.app import create_service_app
from shared.web.list_jobs import list_job_routes


def create_app(settings: Settings) -> Flask:
    """Wire lending together."""
    app = create_service_app(
        "lending",
        settings,
        home=Path(__file__).parent,
        blueprints=(
            exports,
            list_job_routes(EXPORTS),
            loan_types,
            loans,
            schedules,
            documents,
            unions,
            branches,
            members,
            search,
            deletions,
            member_data_routes(*SECTIONS),
        ),
        handlers=handlers,
        field_names=FIELD_NAMES,
    )
    keep_files(app, settings, "lending")
    return app
