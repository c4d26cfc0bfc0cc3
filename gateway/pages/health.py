"""Whether the platform works, part by part, and whether the gateway responds at all."""

import time
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response

from gateway.settings import Settings
from gateway.upstreams.catalogue import Catalogue
from shared.clock import now
from shared.health import PLATFORM_HEADER
from shared.wire import timestamp


def health_pages(settings: Settings, catalogue: Catalogue) -> Blueprint:
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
    def let_browsers_finish(response: Response) -> Response:
        """The web client never reads these responses. A browser keeps the connection of an unread response that must
        not be stored open, so every page would hold one more connection each half minute."""
        response.headers["Cache-Control"] = "no-cache"
        return response

    @pages.get("/health")
    def root_health() -> Response:
        failing = trouble()
        status = "UNAVAILABLE" if failing else "OK"
        about = {"timestamp": timestamp(now()), "version": settings.version, "services": services()}
        response = _json({"status": status, **about, **failing}, 503 if failing else 200)
        if settings.platform:
            response.headers[PLATFORM_HEADER] = settings.platform
        return response

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


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, mimetype="application/json")
