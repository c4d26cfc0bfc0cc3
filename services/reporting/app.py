"""The web side of reporting."""

from pathlib import Path

import orjson
from flask import Flask, Response, request

from services.reporting.api.activity import activity
from services.reporting.api.analytics import analytics
from services.reporting.api.audit_logs import audit_logs
from services.reporting.api.backups import backups
from services.reporting.api.deletions import deletions
from services.reporting.api.report_jobs import report_jobs
from services.reporting.api.report_sessions import report_sessions
from services.reporting.api.report_subscriptions import report_subscriptions
from services.reporting.api.reports import reports
from services.reporting.api.restores import restores
from services.reporting.api.supervisor_reports import supervisor_reports
from services.reporting.consumers import handlers
from services.reporting.queries.member_data import SECTIONS
from services.reporting.settings import Settings
from shared.member_data import member_data_routes
from shared.storage.downloads import keep_files
from shared.web.app import create_service_app

# Of these the web client reads what went wrong as `error`.
_REPORTS = f"{supervisor_reports.url_prefix}/"


def create_app(settings: Settings) -> Flask:
    """Wire reporting together."""
    app = create_service_app(
        "reporting",
        settings,
        home=Path(__file__).parent,
        blueprints=(
            audit_logs,
            supervisor_reports,
            report_sessions,
            activity,
            analytics,
            reports,
            report_jobs,
            report_subscriptions,
            backups,
            restores,
            deletions,
            member_data_routes(*SECTIONS),
        ),
        handlers=handlers,
    )
    keep_files(app, settings, "reporting")
    app.after_request(name_the_error)
    return app


def name_the_error(answer: Response) -> Response:
    """What went wrong where pages of reports look for it."""
    if answer.status_code >= 400 and answer.is_json and request.path.startswith(_REPORTS):
        problem = orjson.loads(answer.get_data())
        answer.set_data(orjson.dumps(problem | {"error": problem["message"]}))
    return answer
