"""What every Flask app of the platform has: health, metrics, request ids, error answers and its documents."""

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import orjson
import structlog
from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import MapAdapter

from shared import tracing
from shared.db import Sessions, make_sessions
from shared.fields import NOBODYS, Day
from shared.health import PLATFORM_HEADER, Pulse
from shared.ids import new_id
from shared.messaging.asyncapi import asyncapi_document
from shared.messaging.handlers import Handlers
from shared.postgres.engine import make_engine, watch_pool
from shared.settings import BaseSettings
from shared.telemetry import REQUESTS, log
from shared.tokens import TokenVerifier
from shared.web.auth import Authority, DirectoryAuthority, public
from shared.web.openapi import openapi_document
from shared.web.problems import STATUS, Statuses, problem, register_problems
from shared.web.system_state import system_state
from shared.wire import PublicFile

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Health and metrics, which are asked for all the time and neither logged nor traced.
OPERATIONS = "operations"
MAX_BODY_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Extension:
    """What the shared parts find at `app.extensions["mp"]`."""

    name: str
    settings: BaseSettings
    sessions: Sessions
    reading_engine: Engine
    searching_engine: Engine
    verifier: TokenVerifier
    authority: Authority


def create_service_app(
    name: str,
    settings: BaseSettings,
    *,
    home: Path,
    blueprints: Sequence[Blueprint],
    handlers: Handlers,
    authority: Callable[[Engine], Authority] = DirectoryAuthority,
    verifier: TokenVerifier | None = None,
    statuses: Statuses = MappingProxyType({}),
    field_names: Mapping[str, str] = MappingProxyType({}),
) -> Flask:
    """Wire the web side of one service. Without a `verifier` tokens are judged by the keys at `jwks_url`.

    `home` is the folder of the service: what it publishes is in its `contracts`, what its names mean on the wire in
    `api/glossary.json`, requests and answers that were recorded in `api/examples.json`. `statuses` are those of errors
    that are of no kind, `field_names` what clients call the fields that errors name. Raises RuntimeError when a view
    does not say who may call it.
    """
    app = Flask(name, static_folder=None)
    # Whatever FLASK_DEBUG says: nobody is shown a stack, anywhere.
    app.debug = False
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # One spelling of each path: the gateway writes them so, and nothing that looks at a path has to know another.
    app.url_map.merge_slashes = False
    Day.zone = settings.company_time_zone
    PublicFile.base = settings.public_url
    url, connections, prepare = settings.database_url, settings.database_connections, not settings.is_pooled
    engine = make_engine(url, pool_size=connections, prepare=prepare)
    reading = make_engine(url, pool_size=connections, autocommit=True, prepare=prepare)
    searching = make_engine(url, pool_size=2, autocommit=True, prepare=False)
    for pool, pooled in (("writes", engine), ("reads", reading), ("searches", searching)):
        watch_pool(pooled, name, pool)
    app.extensions["mp"] = Extension(
        name,
        settings,
        make_sessions(engine),
        reading,
        searching,
        verifier or TokenVerifier(settings.jwks_url),
        authority(reading),
    )
    statuses = {**STATUS, **statuses}
    register_problems(app, statuses, field_names)
    app.before_request(_begin)
    app.after_request(_end)
    app.register_blueprint(_operations(Pulse(settings.database_url), settings.platform))
    app.register_blueprint(system_state())
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    _refuse_unguarded(app)
    documents = {
        "openapi.json": openapi_document(
            app,
            title=f"Millenium Potters: {name}",
            package=f"services.{name}",
            glossary=orjson.loads((home / "api" / "glossary.json").read_bytes()),
            examples=orjson.loads((home / "api" / "examples.json").read_bytes()),
            statuses=statuses,
        ),
        "asyncapi.json": asyncapi_document(handlers, home / "contracts"),
    }
    app.register_blueprint(_documents(documents))
    return app


def _begin() -> None:
    g.started = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())
    caller = request.headers.get("traceparent")
    g.span = None if request.blueprint == OPERATIONS else tracing.begin("request", tracing.Kind.SERVER, caller)
    g.traceparent = g.span.traceparent if g.span else caller
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, trace_id=tracing.trace_id_of(g.traceparent))
    if isinstance(request.routing_exception, NotFound):
        _take_for_an_id(current_app.create_url_adapter(request))


def _take_for_an_id(routes: MapAdapter | None) -> None:
    """Ids are opaque to clients: a path with something else in its place gets the answer for an unknown one."""
    *parts, last = request.path.split("/")
    for before, after in ((parts, []), (parts[:-1], [last])):
        try:
            rule, values = cast(MapAdapter, routes).match("/".join([*before, str(NOBODYS), *after]), return_rule=True)
        except HTTPException:
            continue
        request.url_rule, request.view_args, request.routing_exception = rule, dict(values), None
        return


def _end(answer: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "unknown"
    seconds, status = time.perf_counter() - g.started, answer.status_code
    REQUESTS.labels(request.method, route, status).observe(seconds)
    if request.blueprint != OPERATIONS:
        # The gateway logs the path; the ids in it are nobody's business twice.
        log.info("request", method=request.method, route=route, status=status, milliseconds=round(seconds * 1000, 1))
    if g.span:
        about = {"http.request.method": request.method, "http.route": route, "http.response.status_code": status}
        about["mp.request_id"] = g.request_id
        failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        g.span.end(about, name=f"{request.method} {route}", is_failed=failed)
    answer.headers["X-Request-Id"] = g.request_id
    return answer


def _operations(pulse: Pulse, platform: str) -> Blueprint:
    operations = Blueprint(OPERATIONS, __name__)

    @operations.after_request
    def name_platform(answer: Response) -> Response:
        if platform:
            answer.headers[PLATFORM_HEADER] = platform
        return answer

    @operations.get("/health/live")
    @public
    def live() -> dict[str, str]:
        return {"status": "ok"}

    @operations.get("/health/ready")
    @public
    def ready() -> Response | dict[str, str]:
        if not pulse.is_felt():
            return problem(503, "The store of this service cannot be reached.", "unavailable")
        return {"status": "ok"}

    @operations.get("/metrics")
    @public
    def metrics() -> Response:
        return Response(generate_latest(_registry()), mimetype=CONTENT_TYPE_LATEST)

    return operations


def _registry() -> CollectorRegistry:
    """The metrics of this process, or of all worker processes when there are several and the variable is set."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


def _documents(documents: dict[str, dict[str, Any]]) -> Blueprint:
    blueprint = Blueprint("documents", __name__)
    for path, document in documents.items():
        body = orjson.dumps(document)

        def show(body: bytes = body) -> Response:
            return Response(body, mimetype="application/json")

        blueprint.add_url_rule(f"/{path}", endpoint=path.partition(".")[0], view_func=public(show))
    return blueprint


def _refuse_unguarded(app: Flask) -> None:
    """Routes deny by default: one that does not say `@requires` or `@public` keeps the service from starting."""
    unguarded = [endpoint for endpoint, view in app.view_functions.items() if not hasattr(view, "access")]
    if unguarded:
        raise RuntimeError(f"These views do not say who may call them: {', '.join(unguarded)}")
