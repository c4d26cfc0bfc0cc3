"""What the gateway answers itself: health, ping and the documentation. A plain Flask app, like any service's."""

import time
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, render_template, request, send_from_directory
from werkzeug.exceptions import HTTPException

from gateway.documentation.descriptions import own_document
from gateway.documentation.openapi import events_by_service, merged_asyncapi, merged_openapi
from gateway.responses.problems import envelope
from gateway.settings import Settings
from gateway.upstreams.catalogue import Catalogue
from shared.clock import now
from shared.health import PLATFORM_HEADER
from shared.wire import timestamp
from shared.wording import no_route, not_allowed

ROUTE_KEY, ADDRESS_KEY, REQUEST_KEY = "gateway.route", "gateway.address", "gateway.request"
_STATIC = Path(__file__).parent / "static"
_SWAGGER_UI = Path(str(files("flask_swagger_ui"))) / "dist"
# The documentation is the only page we serve; it loads nothing from elsewhere, and sets styles on its elements.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def create_pages(settings: Settings, catalogue: Catalogue) -> Flask:
    """The app behind every path that no service answers, 404 included."""
    app = Flask("gateway", static_folder=None, template_folder=str(_STATIC))
    # Whatever FLASK_DEBUG says: nobody is shown a stack, anywhere.
    app.debug = False
    app.register_blueprint(_health(settings, catalogue))
    app.register_blueprint(_documentation(catalogue))
    app.register_error_handler(HTTPException, _http_problem)
    app.before_request(_name_route)
    return app


def _name_route() -> None:
    """Tell the door which template was matched, for its metrics and its log."""
    if request.url_rule is not None:
        request.environ[ROUTE_KEY] = request.url_rule.rule


def _http_problem(error: HTTPException) -> Response:
    status = error.code or 500
    words = not_allowed if status == 405 else no_route
    message = words(request.method, request.environ.get(ADDRESS_KEY, request.path))
    answer = _json({}, status)
    code = error.name.lower().replace(" ", "-")
    answer.data = envelope(message, code, requestId=request.environ.get(REQUEST_KEY))
    answer.headers.extend((key, value) for key, value in error.get_headers() if key == "Allow")
    return answer


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, mimetype="application/json")


def _health(settings: Settings, catalogue: Catalogue) -> Blueprint:
    started = time.monotonic()
    pages = Blueprint("health", __name__)

    def services() -> dict[str, str]:
        return {name: "up" if ready else "down" for name, ready in catalogue.ready.items()}

    def trouble() -> dict[str, Any]:
        """Only what keeps people from signing in makes the platform unhealthy as a whole."""
        if catalogue.ready["identity"]:
            return {}
        return {"success": False, "message": "Signing in is not possible just now", "code": "unavailable"}

    @pages.after_request
    def let_browsers_finish(answer: Response) -> Response:
        """The web client never reads what it gets here, and a browser goes on with what must not be stored until it is
        read: every page would hold one more connection every half minute."""
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    @pages.get("/health")
    def root_health() -> Response:
        failing = trouble()
        status = "UNAVAILABLE" if failing else "OK"
        about = {"timestamp": timestamp(now()), "version": settings.version, "services": services()}
        answer = _json({"status": status, **about, **failing}, 503 if failing else 200)
        if settings.platform:
            answer.headers[PLATFORM_HEADER] = settings.platform
        return answer

    @pages.get("/api/health")
    def api_health() -> Response:
        failing = trouble()
        about = {
            "status": "unhealthy" if failing else "healthy",
            "timestamp": timestamp(now()),
            "uptime": round(time.monotonic() - started, 3),
            "environment": settings.environment,
            "version": settings.version,
            "services": services(),
        }
        return _json({"success": True, "message": "Healthy", **failing, "data": about}, 503 if failing else 200)

    @pages.get("/ping")
    @pages.get("/api/ping")
    def ping() -> Response:
        return _json({"success": True, "message": "pong", "data": {"message": "pong", "timestamp": timestamp(now())}})

    @pages.get("/test")
    @pages.get("/api/test")
    @pages.get("/direct-test")
    @pages.get("/api/direct-test")
    def test() -> Response:
        return _json({"success": True, "message": "The gateway answers", "timestamp": timestamp(now())})

    return pages


def _documentation(catalogue: Catalogue) -> Blueprint:
    pages = Blueprint("documentation", __name__, url_prefix="/api/docs")

    @lru_cache(maxsize=1)
    def openapi_text(_revision: int) -> bytes:
        return orjson.dumps(merged_openapi(catalogue.documents("openapi"), own_document()))

    @pages.get("/openapi.json")
    def openapi() -> Response:
        return Response(openapi_text(catalogue.revision), mimetype="application/json")

    @pages.get("")
    def index() -> Response:
        return send_from_directory(_STATIC, "docs.html")

    @pages.get("/start.js")
    def start() -> Response:
        return send_from_directory(_STATIC, "start.js")

    @pages.get("/<path:name>")
    def static(name: str) -> Response:
        return send_from_directory(_SWAGGER_UI, name)

    _add_events(pages, catalogue)

    @pages.after_request
    def allow_page(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = _PAGE_POLICY
        return answer

    return pages


def _add_events(pages: Blueprint, catalogue: Catalogue) -> None:
    """The events of all services, for programs and for people."""

    @lru_cache(maxsize=1)
    def document(_revision: int) -> dict[str, Any]:
        return merged_asyncapi(catalogue.documents("asyncapi"))

    @lru_cache(maxsize=1)
    def asyncapi_text(revision: int) -> bytes:
        return orjson.dumps(document(revision))

    @lru_cache(maxsize=1)
    def events_text(revision: int) -> str:
        merged = document(revision)
        return render_template("events.html", services=events_by_service(merged), document=merged)

    @pages.get("/asyncapi.json")
    def asyncapi() -> Response:
        return Response(asyncapi_text(catalogue.revision), mimetype="application/json")

    @pages.get("/events")
    def events() -> str:
        return events_text(catalogue.revision)
