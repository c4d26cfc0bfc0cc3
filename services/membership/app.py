"""The web side of membership."""

from pathlib import Path

from flask import Flask

from services.membership.api.assignments import assignments
from services.membership.api.branches import branches
from services.membership.api.bulk import bulk
from services.membership.api.deletions import deletions
from services.membership.api.document_types import types
from services.membership.api.documents import documents
from services.membership.api.exports import EXPORTS, exports
from services.membership.api.member_data import member_data
from services.membership.api.members import members
from services.membership.api.transfers import transfers
from services.membership.api.unions import unions
from services.membership.consumers import handlers
from services.membership.settings import Settings
from shared.storage.downloads import keep_files
from shared.storage.public import uploads
from shared.web.app import create_service_app
from shared.web.list_jobs import list_job_routes


def create_app(settings: Settings) -> Flask:
    """Wire membership together."""
    app = create_service_app(
        "membership",
        settings,
        home=Path(__file__).parent,
        blueprints=(
            unions,
            branches,
            members,
            exports,
            list_job_routes(EXPORTS),
            assignments,
            transfers,
            bulk,
            types,
            documents,
            deletions,
            member_data,
            uploads,
        ),
        handlers=handlers,
    )
    keep_files(app, settings, "membership")
    return app
