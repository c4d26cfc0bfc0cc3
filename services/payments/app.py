"""The web side of payments."""

from pathlib import Path

from flask import Flask

from services.payments.api.arrears import arrears
from services.payments.api.collection_sheet import collection_sheet
from services.payments.api.exports import EXPORTS, exports
from services.payments.api.loans import loans
from services.payments.api.officer_days import officer_days
from services.payments.api.receipts import receipts
from services.payments.api.records import records
from services.payments.api.repayments import GROUP_COMMIT, record_group, repayments
from services.payments.api.schedules import schedules
from services.payments.api.statements import statements
from services.payments.api.team_days import team_days
from services.payments.consumers import handlers
from services.payments.queries.member_data import SECTIONS
from services.payments.settings import Settings
from shared.member_data import member_data_routes
from shared.storage.downloads import keep_files
from shared.web.app import create_service_app
from shared.web.group_commit import GroupCommit
from shared.web.list_jobs import list_job_routes


def create_app(settings: Settings) -> Flask:
    """Wire payments together."""
    blueprints = (
        exports,
        list_job_routes(EXPORTS),
        statements,
        receipts,
        loans,
        repayments,
        collection_sheet,
        officer_days,
        team_days,
        records,
        arrears,
        schedules,
        member_data_routes(*SECTIONS),
    )
    app = create_service_app(
        "payments",
        settings,
        home=Path(__file__).parent,
        blueprints=blueprints,
        handlers=handlers,
    )
    keep_files(app, settings, "payments")
    app.extensions[GROUP_COMMIT] = GroupCommit(record_group)
    return app
