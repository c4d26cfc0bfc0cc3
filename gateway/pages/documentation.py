"""The API browser, the page of events, and the documents that both show."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, render_template, send_from_directory

from gateway.documentation.asyncapi import events_by_service, merged_asyncapi
from gateway.documentation.descriptions import own_document
from gateway.documentation.openapi import merged_openapi
from gateway.upstreams.catalogue import Catalogue

STATIC = Path(__file__).parent / "static"
_SWAGGER_UI = Path(str(files("flask_swagger_ui"))) / "dist"
# The documentation is the only page we serve; it loads nothing from elsewhere, and sets styles on its elements.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def documentation_pages(catalogue: Catalogue) -> Blueprint:
    pages = Blueprint("documentation", __name__, url_prefix="/api/docs")

    @lru_cache(maxsize=1)
    def openapi_text(_revision: int) -> bytes:
        return orjson.dumps(merged_openapi(catalogue.documents("openapi"), own_document()))

    @pages.get("/openapi.json")
    def openapi() -> Response:
        return Response(openapi_text(catalogue.revision), mimetype="application/json")

    @pages.get("")
    def index() -> Response:
        return send_from_directory(STATIC, "docs.html")

    @pages.get("/start.js")
    def start() -> Response:
        return send_from_directory(STATIC, "start.js")

    @pages.get("/<path:name>")
    def static(name: str) -> Response:
        return send_from_directory(_SWAGGER_UI, name)

    _add_events(pages, catalogue)

    @pages.after_request
    def allow_page(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _PAGE_POLICY
        return response

    return pages


def _add_events(pages: Blueprint, catalogue: Catalogue) -> None:
    """The events of all services: the AsyncAPI document, and a page made from it."""

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
