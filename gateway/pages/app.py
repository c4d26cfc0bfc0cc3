"""The Flask app behind every path that no service answers."""

from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from gateway.pages.console import console_pages
from gateway.pages.documentation import STATIC, documentation_pages
from gateway.pages.health import health_pages
from gateway.responses.problems import envelope
from gateway.settings import Settings
from gateway.upstreams.catalogue import Catalogue
from shared.wording import no_route, not_allowed

ROUTE_KEY, ADDRESS_KEY, REQUEST_KEY = "gateway.route", "gateway.address", "gateway.request"


def create_pages(settings: Settings, catalogue: Catalogue) -> Flask:
    """Health, ping, the documentation and the console, and 404 for everything else."""
    app = Flask("gateway", static_folder=None, template_folder=str(STATIC))
    # Whatever FLASK_DEBUG says: no stack trace is ever shown.
    app.debug = False
    app.register_blueprint(health_pages(settings, catalogue))
    app.register_blueprint(documentation_pages(catalogue))
    app.register_blueprint(console_pages(Path(settings.console_folder)))
    app.register_error_handler(HTTPException, _http_problem)
    app.before_request(_name_route)
    return app


def _name_route() -> None:
    """Pass the matched template on to `application.py`, for metrics and the access log."""
    if request.url_rule is not None:
        request.environ[ROUTE_KEY] = request.url_rule.rule


def _http_problem(error: HTTPException) -> Response:
    status = error.code or 500
    words = not_allowed if status == 405 else no_route
    message = words(request.method, request.environ.get(ADDRESS_KEY, request.path))
    code = error.name.lower().replace(" ", "-")
    body = envelope(message, code, requestId=request.environ.get(REQUEST_KEY))
    response = Response(body, status, mimetype="application/json")
    response.headers.extend((key, value) for key, value in error.get_headers() if key == "Allow")
    return response
